import { AppError } from '#lib/errors'

/** A field of an upload or theme that does not fit, in the words of the API. */
export const refused = (path: string, message: string, cause?: unknown): AppError =>
  new AppError(
    'invalid_request',
    { detail: `${path} ${message}.`, param: path, errors: [{ path, message }] },
    cause === undefined ? {} : { cause },
  )
