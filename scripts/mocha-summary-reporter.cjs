/**
 * Mocha's "spec" reporter, followed by one line that a machine can read: `312 passed, 0 failed, 2 skipped`.
 * .ci/run looks for that line. CommonJS, because mocha loads a reporter by path before any TypeScript loader is set up.
 */
const { reporters } = require('mocha');

class SummaryReporter extends reporters.Spec {
  /** Called once, when the run has ended; a failed hook counts as a failure, as it does for mocha. */
  epilogue() {
    super.epilogue();
    // A worker that died, a file that did not load: neither message nor stack need name the file.
    for (const { err } of this.failures)
      if (err?.file) reporters.Base.consoleLog(`  While a worker was at ${err.file}: ${err.message}\n`);
    const { passes, failures, pending } = this.stats;
    reporters.Base.consoleLog(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
  }
}

module.exports = SummaryReporter;
