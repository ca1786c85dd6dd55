import type { FeedKind, TruthRow } from '../feed/feed-line.ts';
import type { City } from './city.ts';
import { CityShard, endOfFeed, openingLines } from './city-shard.ts';
import { DAY_MS } from './city-time.ts';

export interface FeedWriter {
  line(kind: FeedKind, text: string): void;
  truth(row: TruthRow): void;
  /** True when what has been written should be waited for. */
  readonly full: boolean;
  drain(): Promise<void>;
}

/**
 * Writes a city's feed and truth, day by day, in this thread. `onDay` is told how many days are done, and how many lines
 * are still to arrive.
 */
export async function writeCity(
  city: City,
  writer: FeedWriter,
  onDay: (done: number, waiting: number) => void = () => {},
): Promise<void> {
  const shard = new CityShard(city, 0, 1);
  for (const line of openingLines(city)) {
    writer.line(line.kind, JSON.stringify(line));
    if (writer.full) await writer.drain();
  }
  for (let day = 0; day < city.days; day++) {
    for (const { rows } of shard.live(day)) {
      for (const row of rows) writer.truth(row);
      if (writer.full) await writer.drain();
    }
    await writeUntil(city.from + (day + 1) * DAY_MS);
    onDay(day + 1, shard.waiting);
  }
  await writeUntil(endOfFeed(city));
  for (const { rows } of shard.clinics()) {
    for (const row of rows) writer.truth(row);
    if (writer.full) await writer.drain();
  }

  async function writeUntil(until: number): Promise<void> {
    for (const telling of shard.until(until)) {
      writer.line(telling.kind, telling.text());
      if (writer.full) await writer.drain();
    }
  }
}
