/** The k best of many scores, without sorting them all: a heap whose top is the worst that is still kept. */
export class BestOf {
  private readonly scores: Float64Array;
  private readonly places: Int32Array;
  private kept = 0;

  constructor(private readonly k: number) {
    this.scores = new Float64Array(k);
    this.places = new Int32Array(k);
  }

  /** Only what is above this is taken. */
  get bar(): number {
    return this.kept < this.k ? Number.NEGATIVE_INFINITY : (this.scores[0] as number);
  }

  get isFull(): boolean {
    return this.kept === this.k;
  }

  offer(score: number, place: number): void {
    if (this.kept < this.k) this.rise(this.kept++, score, place);
    else if (score > (this.scores[0] as number)) this.sink(score, place);
  }

  /** Best first; of equal scores the first that came. */
  sorted(): { readonly score: number; readonly place: number }[] {
    return Array.from({ length: this.kept }, (_, i) => ({
      score: this.scores[i] as number,
      place: this.places[i] as number,
    })).sort((a, b) => b.score - a.score || a.place - b.place);
  }

  private rise(from: number, score: number, place: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.scores[parent] as number) <= score) break;
      this.scores[at] = this.scores[parent] as number;
      this.places[at] = this.places[parent] as number;
      at = parent;
    }
    this.scores[at] = score;
    this.places[at] = place;
  }

  private sink(score: number, place: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.kept) break;
      if (child + 1 < this.kept && (this.scores[child + 1] as number) < (this.scores[child] as number)) child += 1;
      if ((this.scores[child] as number) >= score) break;
      this.scores[at] = this.scores[child] as number;
      this.places[at] = this.places[child] as number;
      at = child;
    }
    this.scores[at] = score;
    this.places[at] = place;
  }
}

/** What a shard's products are worth, and which of them count. */
export interface ShardScores {
  readonly scales: Float32Array;
  /** 1: removed. Of the whole gallery; the shard's begin at `from`. */
  readonly gone: Uint8Array;
  readonly from: number;
}

/** The innermost loop of a search: of eight at once it is asked whether any is above the bar, and of most no more. */
export function offerAll(best: BestOf, products: Int32Array, shard: ShardScores): void {
  const { scales } = shard;
  const { length } = products;
  let { bar } = best;
  let j = 0;
  for (; j + 7 < length; j += 8) {
    const any =
      (products[j] as number) * (scales[j] as number) > bar ||
      (products[j + 1] as number) * (scales[j + 1] as number) > bar ||
      (products[j + 2] as number) * (scales[j + 2] as number) > bar ||
      (products[j + 3] as number) * (scales[j + 3] as number) > bar ||
      (products[j + 4] as number) * (scales[j + 4] as number) > bar ||
      (products[j + 5] as number) * (scales[j + 5] as number) > bar ||
      (products[j + 6] as number) * (scales[j + 6] as number) > bar ||
      (products[j + 7] as number) * (scales[j + 7] as number) > bar;
    if (!any) continue;
    offerSome(best, products, shard, j, j + 8);
    bar = best.bar;
  }
  offerSome(best, products, shard, j, length);
}

function offerSome(best: BestOf, products: Int32Array, shard: ShardScores, from: number, to: number): void {
  for (let j = from; j < to; j++) {
    const score = (products[j] as number) * (shard.scales[j] as number);
    if (score > best.bar && shard.gone[shard.from + j] === 0) best.offer(score, shard.from + j);
  }
}
