/** What is run beside mocha. This is the one place to add to; test/run.ts runs it, test/runner/run-job.ts judges it. */
import type { Job } from './run-job.ts';

/** Before the tests, side by side: cheap, and nobody wants to wait two minutes for a missing semicolon. */
export const CHECKS: Job[] = [
  { name: 'lint', command: ['npm', 'run', '--silent', 'lint'] },
  { name: 'typecheck', command: ['npm', 'run', '--silent', 'typecheck'] },
];

/**
 * Beside the tests when all of them run, started first and at the same time, from the repository's root. They find the
 * same PostgreSQL and CA as a test file does (TEST_POSTGRES_URL, TEST_SANDBOX_DIR, NODE_EXTRA_CA_CERTS). Each must exit
 * with 0 and print at least one line `N passed, N failed` of its own, which .ci/run adds up.
 */
export const OTHER_JOBS: Job[] = [
  { name: 'simulation', command: ['node', '--import', 'tsx', 'test/simulation/slice.ts'] },
];
