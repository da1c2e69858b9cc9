// Models take names of `[a-zA-Z0-9_-]{1,64}`, and a tool's has a dot.

/** `sandbox__list_tasks` for `sandbox.list_tasks`. */
export const wireName = (toolName: string): string => toolName.replace('.', '__')

/** The tool that a model names. Its own name, with the dot, names it too. */
export const toolOfWireName = (name: string): string => (name.includes('.') ? name : name.replace('__', '.'))
