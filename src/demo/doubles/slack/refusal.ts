/** Thrown when a test or the demo asks for something no person could do in Slack. */
export class Refusal extends Error {
  override readonly name = 'SlackDoubleRefusal';
}
