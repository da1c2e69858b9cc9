// Preloaded into a process whose clock is wrong by FAULTS_CLOCK_SECONDS; what measures durations stays right.
const shiftMs = Number(process.env.FAULTS_CLOCK_SECONDS) * 1000
const RealDate = Date

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + shiftMs] : given))
  }
  static now() {
    return RealDate.now() + shiftMs
  }
}
