export { AppError, type FieldError, type PublicFacts, toAppError } from './app-error.ts'
export { errorDocUrl, problemResponse, toProblem } from './problem.ts'
export { type ErrorCode, errorTable } from './table.ts'
