export { flushRequests, noteRequest } from './buffer.ts'
export { callsOf, getRequest, listRequests, type RequestLine, spanAround } from './list.ts'
export { requestDaysKept, sweepRequestLog } from './sweep.ts'
