import type { SpawnOptions } from 'node:child_process'

export const root: string
export const compileCache: string
export const installScripts: readonly { packages: RegExp; script: string; why: string }[]
export function step<T>(title: string, work: () => Promise<T>): Promise<T>
export function run(command: string, args: readonly string[], options?: SpawnOptions): Promise<void>
export function matchesLock(at?: string): boolean
export function listedScripts(at?: string): { folder: string; script: string }[]
export function install(at?: string): Promise<void>
