// Preloaded into every child of the supervisor: when the supervisor is gone without a word (kill -9), so are they.
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'))
process.stdin.on('error', () => {})
process.stdin.resume()
process.stdin.unref?.()
