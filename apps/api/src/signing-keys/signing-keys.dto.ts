import { ApiProperty } from '@nestjs/swagger';

const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

export class SigningKey {
  @ApiProperty({ example: '3b1f0c5d9e7a4c21', description: 'The first 16 hexadecimal characters of the fingerprint.' }) id!: string;
  @ApiProperty({ enum: ['Ed25519'], example: 'Ed25519' }) algorithm!: 'Ed25519';
  @ApiProperty({ example: sha256, description: 'SHA-256 of the key (DER, SubjectPublicKeyInfo).' }) fingerprint!: string;
  @ApiProperty({
    example: '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n',
  })
  publicKey!: string;
  @ApiProperty({ format: 'date-time', example: '2025-12-02T10:30:15.123Z' }) createdAt!: string;
}

export class SigningKeys {
  @ApiProperty({ type: [SigningKey] }) data!: SigningKey[];
}
