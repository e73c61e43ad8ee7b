// What few loads need, fetched together when one of these is asked for: profile, tuner, warm-up, debug ladder.
export { passLog, reportProgram, watcher } from './debug.ts'
export { profileSession } from './runtime/gpu/profiler.ts'
export { roofOf } from './runtime/gpu/roof.ts'
export { warmUp } from './runtime/gpu/warmup.ts'
export { tune } from './tune.ts'
