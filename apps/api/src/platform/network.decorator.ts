import { normalNetwork } from '@pinebill/contract';
import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

/** An address or a network in CIDR notation, IPv4 or IPv6. */
export const IsNetwork = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'network',
      validator: {
        validate: (value) => typeof value === 'string' && normalNetwork(value) !== null,
        defaultMessage: buildMessage(() => 'must be a network such as 203.0.113.0/24 or 2001:db8::/32'),
      },
    },
    options,
  );
