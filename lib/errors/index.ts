export { AppError, type ErrorCategory, type FieldError, type PublicFacts, toAppError } from './app-error.ts'
export { problemResponse } from './problem.ts'
export { type ErrorCode, errorTable } from './table.ts'
