import { judge } from '../../faces/compare.ts';
import type { ModelCard } from '../../faces/model-card.ts';
import { dotProduct } from '../../faces/template.ts';
import type { NormalLine } from '../feed/normal-line.ts';
import { type CoverageBook, MIN_COVERAGE, WINDOW } from './camera-coverage.ts';
import type { CameraMiss } from './clinics.ts';
import { clinicCodeOf, type ScoreInput } from './score-input.ts';
import { cameCode } from './truth-table.ts';
import type { FeedWatcher } from './watch-feed.ts';

interface Sighting {
  readonly clinic: string;
  readonly camera: string;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly quality: number;
  readonly template: Float32Array;
}

/**
 * How many of the people who really came did a clinic's cameras not get a face of? The feed does not tell a camera's misses, so
 * they are counted: honest visits of the patient himself, with a portrait, in a window that was covered, in which no face looks
 * more like him than like somebody else. Of some clinics only.
 */
export function cameraMiss(
  input: ScoreInput,
  clinics: ReadonlySet<string>,
  card: ModelCard,
): { watcher: FeedWatcher; misses: (cameras: CoverageBook) => Map<string, CameraMiss> } {
  const { truth, facts } = input;
  const self = cameCode('self');
  const visits: { readonly i: number; readonly clinic: string; readonly psnNo: string }[] = [];
  for (let i = 0; i < truth.count; i++) {
    if (truth.fraud[i] === 1 || truth.came[i] !== self) continue;
    const clinic = clinicCodeOf(truth, i);
    const psnNo = facts.people[facts.person[i] ?? -1];
    if (clinics.has(clinic) && psnNo !== undefined) visits.push({ i, clinic, psnNo });
  }
  const wanted = new Set(visits.map(({ psnNo }) => psnNo));
  const portraits = new Map<string, { readonly template: Float32Array; readonly quality: number }>();
  const sightings = new Map<string, Sighting>();

  const see = (line: NormalLine, clinicOfCamera: (camera: string) => string | undefined): void => {
    if (line.kind === 'person') {
      if (line.portrait && wanted.has(line.psnNo)) portraits.set(line.psnNo, line.portrait);
    } else if (line.kind === 'appearance' && line.template !== null) {
      const clinic = clinicOfCamera(line.camera);
      if (clinic === undefined || !clinics.has(clinic)) return;
      const { id, camera, from, at, quality, template } = line;
      sightings.set(id, { clinic, camera, from, to: line.to ?? from, at, quality, template });
    }
  };

  return {
    watcher: {
      kinds: new Set(clinics.size > 0 ? ['person', 'appearance'] : []),
      clinics,
      people: wanted,
      see: ({ line }, clinicOfCamera) => see(line, clinicOfCamera),
    },
    misses(cameras) {
      const byClinic = new Map<string, Sighting[]>();
      for (const sighting of sightings.values()) {
        const mine = byClinic.get(sighting.clinic);
        if (mine) mine.push(sighting);
        else byClinic.set(sighting.clinic, [sighting]);
      }
      const found = new Map<string, { visits: number; missed: number }>();
      for (const { i, clinic, psnNo } of visits) {
        const portrait = portraits.get(psnNo);
        const at = truth.at[i] ?? 0;
        if (!portrait || (cameras.coverage(clinic, at, null) ?? 0) < MIN_COVERAGE) continue;
        const seen = (byClinic.get(clinic) ?? []).some((sighting) => {
          const camera = cameras.camera(sighting.camera);
          const offset = camera ? cameras.offsetMs(camera, sighting.at) : 0;
          if (sighting.to - offset < at - WINDOW.beforeMs || sighting.from - offset > at + WINDOW.afterMs) return false;
          if (sighting.template.length !== portrait.template.length) return false;
          const cosine = dotProduct(sighting.template, portrait.template);
          if (card.calibration === null) return true;
          return judge({ cosine, quality: sighting.quality, portraitQuality: portrait.quality }, card).llr > 0;
        });
        const count = found.get(clinic) ?? { visits: 0, missed: 0 };
        found.set(clinic, { visits: count.visits + 1, missed: count.missed + (seen ? 0 : 1) });
      }
      return found;
    },
  };
}
