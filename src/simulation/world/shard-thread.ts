import { parentPort, workerData } from 'node:worker_threads';
import { CityShard, endOfFeed } from './city-shard.ts';
import { DAY_MS } from './city-time.ts';
import { type CityOptions, makeCity } from './make-city.ts';
import { type LinesParcel, type Parcel, packLines, transfersOf, WINDOW_MS } from './shard-parcel.ts';

/** What `city-threads.ts` starts a thread with. */
export interface ShardTask {
  readonly options: CityOptions;
  readonly shard: number;
  readonly of: number;
  /** Parcels that may be on their way at once. */
  readonly ahead: number;
}

const port = parentPort;
if (!port) throw new Error('shard-thread.ts runs as a thread of claimsight simulate only.');
const task = workerData as ShardTask;

let room = task.ahead;
let wake: (() => void) | null = null;
port.on('message', () => {
  room++;
  wake?.();
});

async function send(parcel: Parcel, transfer: readonly ArrayBuffer[] = []): Promise<void> {
  while (room <= 0) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  room--;
  port?.postMessage(parcel, transfer);
}

const sendLines = (lines: LinesParcel): Promise<void> => send({ lines }, transfersOf(lines));

const city = await makeCity(task.options);
const shard = new CityShard(city, task.shard, task.of);
for (let day = 0; day < city.days; day++) {
  await send({ truth: [...shard.live(day)] });
  const dayFrom = city.from + day * DAY_MS;
  for (let until = dayFrom + WINDOW_MS; until <= dayFrom + DAY_MS; until += WINDOW_MS) {
    await sendLines(packLines(shard.until(until)));
  }
}
await sendLines(packLines(shard.until(endOfFeed(city))));
await send({ truth: [...shard.clinics()] });
port.close();
