import { getSettlement } from '../ledgers/claims/settlement.store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import { defineHandler, type Handler } from '../platform/outbox.ts';
import { settlementAssessed } from '../reconcile/reconcile.topics.ts';
import { camerasOf } from './cameras.store.ts';
import { planStills } from './plan.ts';
import { orderStills } from './snapshot.store.ts';

/** 智能抓拍: each settlement gets its stills, one of each camera that this kind of settlement needs. */
export const createEvidenceHandlers = (deps: { readonly db: Db; readonly clock: Clock }): readonly Handler[] => [
  defineHandler(settlementAssessed, async ({ payload, once }) => {
    const settlement = await getSettlement(deps.db, { id: payload.settlementId });
    await once(async (tx) => {
      const cameras = await camerasOf(tx, payload.clinicCode, payload.at);
      await orderStills(tx, deps.clock, {
        triggerKind: 'settlement',
        triggerId: payload.settlementId,
        clinicCode: payload.clinicCode,
        stills: planStills(cameras, payload.at, settlement?.medType ?? null),
        retentionClass: 'still',
      });
    });
  }),
];
