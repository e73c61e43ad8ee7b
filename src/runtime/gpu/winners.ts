// What the tuner found: a table from the key of a choice to the fastest candidate's name, remembered for this adapter. The
// compiler takes it as an argument and stays a pure function.
import type { Cache } from '../cache.ts'
import type { Choice } from '../op.ts'

/** What was measured for one choice. */
export interface Winner {
  candidates: readonly string[]
  chosen: string
  /** Least time of each candidate that ran. */
  microseconds: Record<string, number>
}

/** By the key of the choice. */
export type Winners = Map<string, Winner>

const sameList = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((v, i) => v === b[i])

/** The table as `CompileOptions.choose`. An entry counts only for the candidates among which it was measured. */
export const chooser =
  (winners: Winners) =>
  (key: string, candidates: readonly string[]): string | undefined => {
    const winner = winners.get(key)
    return winner && sameList(winner.candidates, candidates) ? winner.chosen : undefined
  }

/** The choices of a program that leave something to measure, each key once; known ones are left out. */
export function openChoices(choices: Iterable<Choice | undefined>, known: Winners): Choice[] {
  const found = new Map<string, Choice>()
  const knows = chooser(known)
  for (const choice of choices)
    if (choice && choice.candidates.length > 1 && knows(choice.key, choice.candidates) === undefined)
      found.set(choice.key, found.get(choice.key) ?? choice)
  return [...found.values()]
}

/** Where the table of an adapter is kept: its names, which hold the driver, what runs WebGPU, and the kernels. */
export function tableKey(info: GPUAdapterInfo, platform: string, kernels: string): string {
  const { vendor, architecture, device, description } = info
  return `tuned ${[vendor, architecture, device, description, platform, kernels].map((v) => JSON.stringify(v)).join(' ')}`
}

const isTexts = (v: unknown): v is string[] => Array.isArray(v) && v.every((t) => typeof t === 'string')

function isWinner(value: unknown): value is Winner {
  const { candidates, chosen, microseconds } = (value ?? {}) as Winner
  return isTexts(candidates) && candidates.includes(chosen) && typeof microseconds === 'object' && microseconds !== null
}

/** The remembered table; what is broken there counts as not measured. */
export async function readWinners(cache: Cache, key: string): Promise<Winners> {
  try {
    const entries = JSON.parse((await cache.get(key)) ?? '{}')
    return new Map(Object.entries(entries).filter((e): e is [string, Winner] => isWinner(e[1])))
  } catch {
    return new Map()
  }
}

/** Adds to the remembered table what another process may have added meanwhile, too. */
export async function writeWinners(cache: Cache, key: string, winners: Winners): Promise<void> {
  const merged = new Map([...(await readWinners(cache, key)), ...winners])
  await cache.set(key, JSON.stringify(Object.fromEntries(merged)))
}
