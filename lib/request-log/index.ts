export { flushRequests, noteRequest } from './buffer.ts'
export { getRequest, listRequests, type RequestLine, relatedTo } from './list.ts'
export { requestDaysKept, sweepRequestLog } from './sweep.ts'
