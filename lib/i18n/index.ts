export {
  catalogueOf,
  isMessageKey,
  type MessageKey,
  messageOf,
  type Namespace,
} from './catalogue.ts'
export { negotiate } from './negotiate.ts'
export { type Overrides, type Translator, translator } from './translator.ts'
