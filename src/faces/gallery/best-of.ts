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
