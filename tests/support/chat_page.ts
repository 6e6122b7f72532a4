/** The chat page as a person uses it: by labels, buttons and the keyboard. */

import type { Locator, Page } from "playwright-core";

/** A person in front of the page. */
export class ChatPage {
  constructor(readonly page: Page) {}

  /** The box a message is written in. */
  get box(): Locator {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  /** The messages, in which screen readers announce what is new. */
  get log(): Locator {
    return this.page.getByRole("log");
  }

  /** Own messages on their way. */
  get pending(): Locator {
    return this.page.locator("#pending .message");
  }

  /** Opens the page and steps into a room. */
  async enter(url: string, name: string, room: string): Promise<void> {
    await this.page.goto(url);
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByRole("textbox", { name: "Room" }).fill(room);
    await this.page.getByRole("button", { name: "Enter room" }).click();
    await this.online();
  }

  /** Waits until the room is there. */
  async online(): Promise<void> {
    await this.page.locator('#chat[data-state="online"]').waitFor();
  }

  /** Writes a message and sends it. */
  async say(content: string): Promise<void> {
    await this.box.fill(content);
    await this.box.press("Enter");
  }

  /** Waits until a message stands in the log. */
  async hears(content: string): Promise<void> {
    await this.log.locator(".message").getByText(content, { exact: true }).waitFor();
  }

  /** Waits for a text anywhere on the page. */
  async sees(text: string): Promise<void> {
    await this.page.getByText(text, { exact: true }).first().waitFor();
  }

  /** Each message in the log as "author: content", in order. */
  async messages(): Promise<string[]> {
    const groups = await this.log.locator(".group").all();
    const messages = await Promise.all(groups.map(async (group) => {
      const author = await group.locator(".author").innerText();
      return (await group.locator(".message").allInnerTexts()).map((text) => `${author}: ${text}`);
    }));
    return messages.flat();
  }
}
