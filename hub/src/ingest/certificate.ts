/** The certificate that the hub shows to agents, and its key. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Reads both, PEM. Throws with what is wrong with which file. */
export function readCertificate({ certFile, keyFile }: CertificateFiles): { readonly cert: Buffer; readonly key: Buffer } {
  const cert = read('grpc.tls.cert_file', certFile);
  const key = read('grpc.tls.key_file', keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new Error(
      `grpc.tls: ${certFile} and ${keyFile} are no certificate and its key: ${reasonOf(error)}. Write the certificate in PEM, with what signed it behind it, and the key that it was made for, without a passphrase`,
      { cause: error },
    );
  }
  return { cert, key };
}

function read(path: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${path}: the file ${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
