import type { ClinicFacts } from '../facts.ts';

/** Facts over weeks and months. Days are local, yyyy-mm-dd; months yyyy-mm; money in fen; times true, epoch ms. */

/** The clinics of the same county, this clinic left out where it is a sum. */
export interface PeerFacts {
  readonly county: string;
  /** Of which day the figures are. */
  readonly day: string;
  /** Other clinics. */
  readonly clinics: number;
  readonly settled: number;
  readonly reversed: number;
  readonly swapped: number;
  readonly diagnosed: number;
  /** Of those, with this clinic's commonest diagnosis. */
  readonly sameDiagnosis: number;
  /** Clinics with known credentials, this one among them; shares of ID and social-security cards. */
  readonly credentialClinics: number;
  readonly typedMedian: number | null;
  readonly typedP95: number | null;
  /** Share of the month's fund that its last five days took, in all clinics; null: not this month's. */
  readonly lastDaysShare: number | null;
}

export interface SwapFact {
  readonly setlId: string | null;
  readonly psnNo: string;
  readonly nextSetlId: string | null;
  readonly nextPsnNo: string;
  readonly nextFundFen: number | null;
  readonly day: string;
  readonly afterMs: number;
  /** Both belong to one household: a wrong name among kin. */
  readonly sameHousehold: boolean;
}

/** People who settled together on several days (blocks.ts). */
export interface BlockGroupFact {
  /** Household: a number, the same for those who share one; null: none known. */
  readonly people: readonly { readonly psnNo: string; readonly household: number | null }[];
  /** In order; `person`: place in `people`. In order of time. */
  readonly days: readonly {
    readonly day: string;
    /** The clinic filed the day as a vaccination or chronic-disease day. */
    readonly filed: boolean;
    readonly visits: readonly { readonly person: number; readonly at: number; readonly setlId: string | null }[];
  }[];
}

/** A clinic's month so far, with the 30 days before its newest day. */
export interface ClinicPeriodFacts {
  readonly kind: 'clinic_period';
  readonly schema: number;
  readonly clinic: ClinicFacts;
  readonly month: string;
  /** Newest day of the month that is rolled up. */
  readonly through: string;
  /** The month is over. */
  readonly over: boolean;
  /** First day of which anything is known; null: of none. */
  readonly since: string | null;
  /** Days on which an outage, or a vaccination day, was filed: they are left out of what they explain. */
  readonly filedOutageDays: readonly string[];
  readonly filedClinicDays: readonly string[];
  /** 30 days, without filed outages: settlements that stand with a known credential; of those, with ID or social-security card. */
  readonly credentials: { readonly from: string; readonly known: number; readonly typed: number };
  /** Device numbers of the 30 days that other clinics used too: how many clinics in all, and the first of the others. */
  readonly sharedDevices: readonly {
    readonly devNo: string;
    readonly clinics: number;
    readonly others: readonly string[];
  }[];
  /** The month, without filed outages. */
  readonly churn: { readonly settled: number; readonly reversed: number; readonly swaps: readonly SwapFact[] };
  /** Of the month and the 29 days before it; `from` tells what there was. */
  readonly diagnoses: {
    readonly from: string;
    readonly settled: number;
    readonly diagnosed: number;
    /** The commonest category. */
    readonly top: { readonly code: string; readonly n: number; readonly people: number } | null;
  };
  readonly blocks: readonly BlockGroupFact[];
  readonly fund: {
    readonly fundFen: number;
    /** Of the last five days of the month. */
    readonly lastFen: number;
    /** In order, without this month. */
    readonly before: readonly { readonly month: string; readonly fundFen: number; readonly lastFen: number }[];
  };
  /** null: none were computed yet, or the county is not known. */
  readonly peers: PeerFacts | null;
}

export interface PersonVisitFact {
  readonly setlId: string | null;
  readonly clinicCode: string;
  readonly day: string;
  readonly at: number;
  readonly fundFen: number | null;
  readonly medType: string | null;
  readonly diagnosis: string | null;
  readonly injection: boolean;
  readonly dialysis: boolean;
}

/** Somebody for whom the person came as registered proxy. */
export interface PrincipalFact {
  readonly psnNo: string;
  readonly household: number | null;
  /** Shares the proxy's household. */
  readonly own: boolean;
  /** As registered. */
  readonly relations: readonly string[];
}

/** A person's month so far, over all clinics, from what is rolled up. */
export interface PersonPeriodFacts {
  readonly kind: 'person_period';
  readonly schema: number;
  /** Where he settled most, or came most as a proxy. */
  readonly clinic: ClinicFacts;
  readonly psnNo: string;
  readonly month: string;
  /** That stand, of the month, in order of time. */
  readonly visits: readonly PersonVisitFact[];
  /** As a registered proxy, seen: of the month and the 29 days before it. Null: fewer than three people named him. */
  readonly agent: {
    readonly principals: readonly PrincipalFact[];
    /** In order of time; `principal`: place in `principals`. */
    readonly visits: readonly {
      readonly principal: number;
      readonly setlId: string | null;
      readonly clinicCode: string;
      readonly day: string;
      readonly at: number;
    }[];
  } | null;
}
