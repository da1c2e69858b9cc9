import { Frame } from '#components/portal/frame'
import { ErrorNotice, noticeOf } from '#components/portal/notice'

export default function NotFound() {
  return (
    <Frame organization={null}>
      <ErrorNotice notice={noticeOf('not_found')} />
    </Frame>
  )
}
