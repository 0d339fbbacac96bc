import type { Status } from '../../helper/protocol/status.ts';
import { gatewayProblems } from '../data/screens/banners.ts';
import { WithCode } from './with-code.tsx';

export const GatewayProblems = ({ status }: { readonly status: Status }) => (
  <>
    {gatewayProblems(status).map((text) => (
      <p key={text} class="gateway-problem" data-testid="gateway-problem">
        <WithCode text={text} />
      </p>
    ))}
  </>
);
