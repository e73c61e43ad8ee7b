// The public surface of `isobath/profile`: what can be made of a profile, in Node and in browsers.
export type * from '../runtime/profile.ts'
export { type Comparison, compareProfiles, type Difference, type Side } from './compare.ts'
export { type Group, type Grouping, groupRows, type Sorting } from './group.ts'
export { profileHtml, reportData } from './html.ts'
export { parseProfile } from './read.ts'
export { profileTrace, type Trace, type TraceEvent } from './trace.ts'
