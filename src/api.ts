// The public types of the engine.
export type * from './runtime/gpu/api.ts'
export type * from './runtime/model.ts'
