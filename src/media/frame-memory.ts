/**
 * Memory of pictures that nobody looks at any more, for the next ones of the same size. A worker of a hundred cameras would
 * else allocate and free a hundred megabytes a second, and spend as much on that as on looking.
 */
export interface FrameMemory {
  /** Not cleared. A Uint8Array and no Buffer, which onnxruntime refuses. */
  take(bytes: number): Uint8Array;
  /** To be called once, by whoever saw to it that nobody holds the picture. */
  give(data: Uint8Array): void;
}

const KEPT_BYTES = 128 * 1024 * 1024;
/** Smaller ones are no burden. */
const LEAST_BYTES = 64 * 1024;

export function createFrameMemory(keptBytes = KEPT_BYTES): FrameMemory {
  const free = new Map<number, Uint8Array[]>();
  let kept = 0;
  return {
    take(bytes) {
      const known = free.get(bytes)?.pop();
      if (known) {
        kept -= bytes;
        return known;
      }
      return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer, 0, bytes);
    },
    give(data) {
      const bytes = data.byteLength;
      if (bytes < LEAST_BYTES || kept + bytes > keptBytes || data.buffer.byteLength !== bytes) return;
      const some = free.get(bytes);
      if (some) some.push(data);
      else free.set(bytes, [data]);
      kept += bytes;
    },
  };
}

/** The process's. */
export const frameMemory = createFrameMemory();
