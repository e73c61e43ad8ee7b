// The commands put together, and how a command ends: 0 done, 1 the input or the machine is at fault, 2 bad usage.
import type { Command, CommanderError } from 'commander'
import { IsobathError } from '../../runtime/error.ts'
import { removePending } from '../files/write.ts'
import { importPackage, ownVersion } from '../packages.ts'
import { addBench } from './bench.ts'
import { UsageError } from './common.ts'
import { addDepth } from './depth.ts'
import { addDoctor } from './doctor.ts'
import { addEval } from './eval.ts'
import { addFetch } from './fetch.ts'
import { addInfo } from './info.ts'
import { addModels } from './models.ts'
import { addPoints } from './points.ts'
import { addProfile } from './profile.ts'
import { addRun } from './run.ts'

function createProgram(commander: typeof import('commander')): Command {
  const program = new commander.Command('isobath')
    .description('Depth from one image on WebGPU: runs depth networks from ONNX files.')
    .version(ownVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'isobath: ')) })
    .showHelpAfterError('(isobath --help lists what can be given)')
  for (const add of [
    addDepth,
    addPoints,
    addEval,
    addModels,
    addFetch,
    addRun,
    addInfo,
    addBench,
    addProfile,
    addDoctor,
  ])
    add(program)
  for (const command of program.commands) command.copyInheritedSettings(program)
  return program
}

const isCommander = (error: unknown): error is CommanderError =>
  error instanceof Error && /^commander\./.test(String((error as { code?: unknown }).code))

/** Prints what went wrong and returns the exit code. */
function report(error: unknown): number {
  if (isCommander(error)) return error.exitCode === 0 ? 0 : 2
  const known = error instanceof IsobathError || error instanceof UsageError
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  process.stderr.write(`isobath: ${Number(process.env.ISOBATH_DEBUG) > 0 || !known ? (stack ?? message) : message}\n`)
  return error instanceof UsageError ? 2 : 1
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => {
    removePending()
    process.exit(code)
  })

// A reader that has seen enough, as in `isobath info … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  const program = createProgram(await importPackage('commander'))
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}
