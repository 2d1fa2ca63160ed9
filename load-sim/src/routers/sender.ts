/** Sends replies over a socket, in segments of the wanted kind. */
import type { Socket } from 'node:net';
import { cutSegments, type Segmentation } from './segments.ts';

export interface Sender {
  send(bytes: Buffer): void;
  /** Calls back, later, when everything was handed to the network. */
  whenWritable(resume: () => void): void;
  /** Ends the connection after what was sent. */
  end(): void;
}

export function createSender(socket: Socket, segmentation: Segmentation, random: () => number): Sender {
  if (segmentation === 'whole') {
    return {
      send: (bytes) => void socket.write(bytes),
      whenWritable: (resume) => void (socket.writableNeedDrain ? socket.once('drain', resume) : setImmediate(resume)),
      end: () => void socket.end(),
    };
  }
  let pieces: Buffer[] = [];
  let waiting: (() => void)[] = [];
  let pumping = false;
  let ending = false;

  /** One piece per turn of the event loop: pieces written together would travel together. */
  function pump(): void {
    pumping = false;
    if (socket.destroyed) return;
    const piece = pieces.shift();
    if (piece !== undefined) {
      const room = socket.write(piece);
      pumping = true;
      if (room) setImmediate(pump);
      else socket.once('drain', pump);
      return;
    }
    if (ending) socket.end();
    const resumed = waiting;
    waiting = [];
    for (const resume of resumed) resume();
  }

  function start(): void {
    if (pumping) return;
    pumping = true;
    setImmediate(pump);
  }

  return {
    send(bytes) {
      pieces = [...pieces, ...cutSegments(bytes, segmentation, random)];
      start();
    },
    whenWritable(resume) {
      waiting.push(resume);
      start();
    },
    end() {
      ending = true;
      start();
    },
  };
}
