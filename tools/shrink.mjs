// Shaders for the package: without comments, indentation and idle spaces. Lines stay where they are, so that a message of
// the compiler still names file:line of the repository.

/** Lines that the host reads by their form: bindings, holes and imports. */
const DECLARATION = /^(@group|override |alias |#import |fn .*\}$)/

/** @param {string} wgsl */
export function shrink(wgsl) {
  return wgsl
    .split('\n')
    .map((line) => line.replace(/\/\/.*/, '').trim())
    .map((line) => (DECLARATION.test(line) ? line : line.replace(/ *([(){},;:]) */g, '$1')))
    .join('\n')
}

/**
 * The same in a built module: every string literal that holds a shader.
 * @param {string} code
 */
export const shrinkModule = (code) =>
  code.replace(/^( +'?[\w/]+'?: )(".*"),$/gm, (_, name, text) => `${name}${JSON.stringify(shrink(JSON.parse(text)))},`)
