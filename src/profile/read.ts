// A profile from its JSON.
import { ensure } from '../runtime/error.ts'
import type { Profile } from '../runtime/profile.ts'

/** Reads what `isobath profile --json` wrote; `name` is for messages. Throws `data` where it is something else. */
export function parseProfile(text: string, name = 'the profile'): Profile {
  let value: Partial<Profile> | null = null
  try {
    value = JSON.parse(text)
  } catch {
    // Said below.
  }
  ensure(
    value?.format === 'isobath-profile' && Array.isArray(value.rows),
    'data',
    `${name} is no profile: isobath profile MODEL --json FILE writes one`,
  )
  ensure(
    value.version === 1,
    'data',
    `${name} is a profile of version ${value.version}; this is version 1: write it anew`,
  )
  return value as Profile
}
