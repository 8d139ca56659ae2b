/** Somewhere a person can look: a conversation, or a tab. */
export interface PlaceShown {
  id: string;
  label: string;
  /** When each thing here was posted, as text that sorts: the page counts the unread ones. */
  posts: string[];
}
