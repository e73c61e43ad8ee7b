// The public types of the engine.
export type { Cache } from './runtime/cache.ts'
export type * from './runtime/gpu/api.ts'
export type * from './runtime/model.ts'
export type * from './runtime/profile.ts'
