import type { City } from './city.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from './city-time.ts';
import type { Body } from './claim-messages.ts';
import type { Clinic } from './geography.ts';
import { drawError, type MessageError, withError } from './message-errors.ts';
import { messageLine } from './message-writer.ts';
import type { Draw } from './random.ts';
import { Telling } from './telling.ts';

/** A clinic's messages of one day: numbered as they are sent, told when they arrive, now and then late, twice or wrong. */
export class Mail {
  readonly tellings: Telling[] = [];
  readonly #city: City;
  readonly #clinic: Clinic;
  readonly #draw: Draw;
  #sequence = 0;

  constructor(city: City, clinic: Clinic, draw: Draw) {
    this.#city = city;
    this.#clinic = clinic;
    this.#draw = draw;
  }

  /**
   * Sends one message at a true moment; `body` is asked for when its line is written. Returns its number of the day.
   * `asked`: a hook's question, which has no answer and arrives at once.
   */
  send(infno: string, sentAt: number, operator: number, body: () => Body, asked = false): number {
    const { messages } = this.#city.parameters;
    const draw = this.#draw;
    const sequence = ++this.#sequence;
    const clinic = this.#clinic;
    const error = drawError(infno, messages, draw);
    const other = this.#city.drugs[draw.below(this.#city.drugs.length)]?.code ?? '';
    const number = draw.below(1_000_000);
    const arrivesAt = asked ? sentAt + 150 + draw.below(500) : this.#arrival(sentAt);
    const twice = draw.chance(messages.twiceShare)
      ? arrivesAt + Math.round(draw.lognormal({ median: 90, sigma: 1.5 }) * SECOND_MS)
      : null;
    const mistake = error === null ? null : { error, code: other, number };
    this.tellings.push(new Letter(arrivesAt, clinic, infno, sentAt, sequence, operator, asked, body, mistake));
    if (twice !== null) {
      this.tellings.push(new Letter(twice, clinic, infno, sentAt, sequence, operator, asked, body, mistake));
    }
    return sequence;
  }

  #arrival(sentAt: number): number {
    const { messages } = this.#city.parameters;
    const draw = this.#draw;
    const nextDay = this.#clinic.mode === 'mirror' && draw.chance(messages.nextDayShare);
    if (nextDay) {
      const day = Math.floor((sentAt - this.#city.from) / DAY_MS) + 1;
      return Math.round(this.#city.from + day * DAY_MS + draw.between(0.5, 9) * HOUR_MS);
    }
    const late = this.#clinic.mode === 'hook' ? 0.2 : 1;
    return Math.round(sentAt + 300 + Math.min(7200, draw.lognormal(messages.lateS) * late) * SECOND_MS);
  }
}

class Letter extends Telling {
  readonly kind = 'message';

  constructor(
    at: number,
    readonly clinic: Clinic,
    readonly infno: string,
    readonly sentAt: number,
    readonly sequence: number,
    readonly operator: number,
    readonly asked: boolean,
    readonly body: () => Body,
    readonly mistake: { readonly error: MessageError; readonly code: string; readonly number: number } | null,
  ) {
    super(at);
  }

  override text(): string {
    const { clinic, infno, sentAt, sequence, operator, mistake } = this;
    const { input, output } = this.body();
    const message = { infno, sentAt, sequence, operator, input, output: this.asked ? null : output };
    const line = messageLine(clinic, message, this.at);
    return mistake ? withError(line, mistake.error, mistake) : line;
  }
}
