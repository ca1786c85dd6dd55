import { describe, expect, it } from 'vitest';
import { openRoll, packRoll, visitsOf } from '../../../../src/reconcile/periods/roll.ts';
import type { RollSource } from '../../../../src/reconcile/periods/store.ts';

const DAY = Date.parse('2026-03-17T00:00:00+08:00');
const HOUR = 3_600_000;

const source = (over: Partial<RollSource> = {}): RollSource => ({
  regionCode: '411624101201',
  settlements: [
    {
      id: 's2',
      at: DAY + 10 * HOUR,
      setl_id: 'S2',
      mdtrt_id: 'M2',
      psn_no: 'P2',
      med_type: '14',
      cert_type: '02',
      dev_no: '无',
      total_fen: 3500,
      fund_fen: null,
      reversed_at: DAY + 11 * HOUR,
    },
    {
      id: 's1',
      at: DAY + 9 * HOUR,
      setl_id: 'S1',
      mdtrt_id: 'M1',
      psn_no: 'P1',
      med_type: '11',
      cert_type: '01',
      dev_no: 'T-1',
      total_fen: 2900,
      fund_fen: 1600,
      reversed_at: null,
    },
  ],
  diagnoses: [],
  lines: [],
  proxied: [],
  proxies: [],
  ...over,
});

const diagnosis = (id: string, at: number, ...codes: string[]): RollSource['diagnoses'][number] => ({
  id,
  at,
  mdtrt_id: 'M1',
  diseinfo: codes.map((code, i) => ({
    diag_code: code,
    diag_srt_no: String(i + 1),
    dise_dor_no: 'D1',
    vali_flag: '1',
  })),
});
const proxy = (name: string, over: Partial<RollSource['proxies'][number]> = {}): RollSource['proxies'][number] => ({
  psn_no: 'P1',
  proxy_psn_no: name,
  from_at: 0,
  to_at: null,
  revoked_at: null,
  ...over,
});
const first = (over: Partial<RollSource>) => visitsOf(source(over))[0];

describe('a clinic’s day in one row', () => {
  it('comes back as it was, in order', () => {
    const visits = visitsOf(source());
    expect(visits.map(({ setlId }) => setlId)).toEqual(['S1', 'S2']);
    expect(openRoll(packRoll(visits, DAY), DAY)).toEqual(visits);
  });

  it('takes what a HIS writes for nothing as nothing, so that no two clinics share a device 无', () => {
    expect(visitsOf(source())[1]?.devNo).toBeNull();
  });

  it('takes the main diagnosis of the newest message', () => {
    const diagnoses = [diagnosis('e1', DAY, 'J06.900'), diagnosis('e2', DAY + HOUR, 'i63.900', 'I10.x00')];
    expect(first({ diagnoses })).toMatchObject({ diagnosis: 'I63.900', doctor: 'D1' });
  });

  it('passes over a diagnosis that was struck out', () => {
    const [told] = [diagnosis('e1', DAY, 'J06.900')];
    const struck = { ...told, diseinfo: told?.diseinfo.map((node) => ({ ...node, vali_flag: '0' })) ?? [] };
    expect(first({ diagnoses: [struck as typeof told & object] })?.diagnosis).toBeNull();
  });

  it('knows injections and dialysis by what was billed or diagnosed', () => {
    const line = (name: string) => ({ lines: [{ mdtrt_id: 'M1', name, doctor_code: null }] });
    expect(first(line('头孢曲松注射液'))).toMatchObject({ injection: true, dialysis: false });
    expect(first(line('血液透析'))).toMatchObject({ injection: false, dialysis: true });
    expect(first({ diagnoses: [diagnosis('e1', DAY, 'N18.500')] })?.dialysis).toBe(true);
  });

  it('names the proxy who was seen only where it can be nobody else', () => {
    const seen = { proxied: ['s1'] };
    expect(first({ ...seen, proxies: [proxy('Q1')] })?.proxy).toBe('Q1');
    expect(first({ ...seen, proxies: [proxy('Q1'), proxy('Q2')] })?.proxy).toBeNull();
    expect(first({ ...seen, proxies: [proxy('Q1'), proxy('Q2', { revoked_at: DAY })] })?.proxy).toBe('Q1');
    expect(first({ proxies: [proxy('Q1')] })?.proxy).toBeNull();
  });
});
