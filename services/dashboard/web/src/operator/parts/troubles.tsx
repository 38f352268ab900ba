import type { JSX } from 'preact';
import type { Problem, ServiceStatus, Trouble } from '../../api/contract.ts';
import { Icon } from '../../components/icon.tsx';
import { perSecond } from '../../format/numbers.ts';
import { byUrgency, calmText, type State, worst } from '../states.ts';
import { troubleText } from '../words.ts';
import { ServiceBadge, StateIcon } from './state-badge.tsx';

const TroubleItem = ({ trouble }: { trouble: Trouble }): JSX.Element => {
  const bad = trouble.severity === 'error';
  return (
    <li class={`trouble ${bad ? 'bad' : 'warn'}`}>
      <Icon name={bad ? 'octagon' : 'triangle'} />
      <div>
        <p>
          <span class="visually-hidden">{bad ? 'Error: ' : 'Warning: '}</span>
          <strong>{trouble.subject}</strong> {troubleText(trouble)}{' '}
          {trouble.code !== null && <code>{trouble.code}</code>}
        </p>
        {trouble.remedy !== null && <p class="muted small">{trouble.remedy}</p>}
      </div>
    </li>
  );
};

type TroublesProps = {
  /** Of all tables. */
  readonly states: readonly State[];
  readonly troubles: readonly Trouble[] | null;
  /** Why nothing is known, where that is so. */
  readonly away: Problem | null;
};

/** What is wrong now, errors first, each with what to do; or that nothing is. */
export function Troubles({ states, troubles, away }: TroublesProps): JSX.Element {
  return (
    <section class="card troubles" aria-labelledby="troubles-name">
      <h2 id="troubles-name" class="visually-hidden">
        What is wrong now
      </h2>
      {troubles === null ? (
        <p class="muted">{away === null ? 'Looking …' : `Nothing is known yet: ${away.title}. It is asked again.`}</p>
      ) : troubles.length === 0 ? (
        <p class="nothing-wrong">
          <StateIcon state={worst(states)} /> {calmText(states)}
        </p>
      ) : (
        <ul>
          {byUrgency(troubles).map((trouble) => (
            <TroubleItem key={`${trouble.subject} ${trouble.code} ${trouble.message}`} trouble={trouble} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** The processes of the services, and how each is. */
export function Services({ services }: { services: readonly ServiceStatus[] | null }): JSX.Element {
  return (
    <section class="card services" aria-labelledby="services-name">
      <h2 id="services-name" class="visually-hidden">
        Services
      </h2>
      {services?.length === 0 && (
        <p class="muted small">
          The dashboard was not told where the services are (OPS_URLS): their states are not known.
        </p>
      )}
      <ul>
        {(services ?? []).map((service) => (
          <li key={service.url}>
            <strong>{service.service}</strong>
            <ServiceBadge state={service.state} />
            <span class="muted small" title={service.url}>
              {service.recordsPerSecond === null ? '' : perSecond(service.recordsPerSecond)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
