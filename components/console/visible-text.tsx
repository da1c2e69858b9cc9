import { visible } from './visible.ts'

/** A text that somebody else wrote, with every character of it shown. */
export const Visible = ({ text }: { text: string }) => visible(text)
