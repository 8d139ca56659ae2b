/** Thrown when a test or the demo asks for something no person could do in Teams. */
export class Refusal extends Error {
  override readonly name = 'TeamsDoubleRefusal';
}
