export { type Answer, type Kept, keepAnswersIn, openAnswer, sealAnswer } from './answers.ts'
export { type Claim, claim, readKey } from './claim.ts'
export { claimIn, type Held, heldIn, releaseIn } from './store.ts'
