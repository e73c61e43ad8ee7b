// Types of the zoo, for tests and tools in TypeScript.
import type { ModelSource, PortInfo, Tensor } from '../../src/api.ts'

export interface ZooModel {
  name: string
  title: string
  /** [width, height] of the published network's input. */
  size: [number, number]
  /** [width, height] at which it runs in a moment. */
  small: [number, number]
  /** Millions of trained values, as published. */
  published?: string
  /** Which count the published figure is: all by default. */
  counted?: 'all' | 'weights' | 'folded'
  /** Why the counts differ, or what they leave out. */
  why?: string
}

export interface ZooNet {
  name: string
  inputs: { name: string; shape: number[] }[]
  outputs: { name: string; shape: number[] }[]
  nodes: { name: string; type: string }[]
  counts: { all: number; graph: number; weights: number; folded: number }
  bytes: number
}

export class ZooError extends Error {}
export const models: ZooModel[]
export function parseName(name: string): { model: ZooModel; size: [number, number] }
export function fullName(model: ZooModel, size?: [number, number]): string
export function buildNet(name: string): ZooNet
export function buildModel(name: string): ModelSource & Required<Pick<ModelSource, 'external'>>
export function writeModel(net: ZooNet, folder: string, name: string): string
export function drawInput(port: Pick<PortInfo, 'name' | 'shape'>): Tensor
export function countParameters(model: ZooModel): {
  counts: ZooNet['counts']
  counted: number
  published?: string
  equal: boolean
  why?: string
}
