export { flushRequests, noteRequest } from './buffer.ts'
export { getRequest, listRequests, type RequestLine, type RequestsFilter, relatedTo } from './list.ts'
export { requestDaysKept, sweepRequestLog } from './sweep.ts'
