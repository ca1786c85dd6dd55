import type { InferenceSession } from 'onnxruntime-node';

/** How every face network runs: on the CPU, one picture after the other. `threads`: inside one inference. */
export const sessionOptions = (threads: number): InferenceSession.SessionOptions => ({
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  // A waiting thread would otherwise spin and take its core from ffmpeg and the other cameras.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
});
