import type { ApiClient } from './api-client.ts';
import type { MessageBuilder } from './messages.ts';
import type { Scenario } from './scenario.ts';
import type { ScriptStep } from './script.ts';

/** Does one step of the script: sends the clinic's message, or registers a proxy. */
export function createPlayer(options: {
  readonly scenario: Scenario;
  readonly messages: MessageBuilder;
  readonly his: ApiClient;
  readonly supervisor: ApiClient;
}): (step: ScriptStep) => Promise<void> {
  const { scenario, messages, his, supervisor } = options;
  const settledBy = new Map<string, string>();
  const personOf = (id: string) => {
    const person = scenario.people.find((one) => one.id === id);
    if (person) return person;
    const member = scenario.staff.find((one) => one.id === id);
    // A doctor who is treated himself is insured under his own number.
    return {
      id,
      psnNo: member?.psnNo ?? id,
      name: member?.name ?? id,
      sex: 'female' as const,
      birth: '1970-01-01',
      portrait: false,
    };
  };
  return async (step) => {
    const person = personOf(step.who);
    if (step.do === 'registerProxy') {
      await supervisor.request('POST', '/v1/proxies', {
        psnNo: person.psnNo,
        proxyPsnNo: personOf(step.proxy ?? '').psnNo,
        relation: step.relation ?? '家属',
      });
      return;
    }
    const pair = (() => {
      switch (step.do) {
        case 'register':
          return messages.register(step.at, step.visit, person);
        case 'diagnose':
          return messages.diagnose(step.at, step.visit, person);
        case 'fees':
          return messages.fees(step.at, step.visit, person, step.total);
        case 'trial':
          return messages.trial(step.at, step.visit, person, step.total);
        case 'settle':
          return messages.settle(step.at, step.visit, person, step.total, step.fund);
        case 'reverse':
          return messages.reverse(step.at, step.visit, person);
        case 'technicalReversal':
          return messages.technicalReversal(step.at, person, settledBy.get(step.visit) ?? '');
      }
    })();
    if (step.do === 'settle') settledBy.set(step.visit, String(pair.request.msgid));
    const answer = await his.request<{ infcode: number; err_msg?: string }>('POST', '/v1/claims/messages', pair);
    if (answer.infcode !== 0) throw new Error(`the demo's own ${step.do} was not understood: ${answer.err_msg}`);
  };
}
