//! The catalogue of words: one struct that every language fills in, so that a missing word does not compile.
//!
//! The languages are `locales/{sv,da,en}.rs`. A word with a number is a function, because each language has its own
//! plurals. `leptos_i18n` and `leptos-fluent` do the same at run time, with a parser or ICU data in the bundle.

use samsyn_shared::board::undo::{About, Way};
use samsyn_shared::records::{Colour, Degree, Judgement, QuadrantPlace, Tag};

use super::messages::{Failure, Language, Obstacle, StorageFailure};
use super::news::Count;
use super::steps::CrossStep;

#[path = "../../locales/da.rs"]
mod da;
#[path = "../../locales/en.rs"]
mod en;
#[path = "../../locales/sv.rs"]
mod sv;

/// Every language, with its own name for itself.
pub const LANGUAGES: [(Language, &str, &str); 3] = [
    (Language::Sv, "sv", "Svenska"),
    (Language::Da, "da", "Dansk"),
    (Language::En, "en", "English"),
];

/// The words of a language.
#[must_use]
pub const fn words(language: Language) -> &'static Words {
    match language {
        Language::Sv => &sv::WORDS,
        Language::Da => &da::WORDS,
        Language::En => &en::WORDS,
    }
}

/// The names of what belongs together in the board's menu.
#[derive(Debug)]
pub struct MenuWords {
    /// Other ways to look at the board.
    pub look: &'static str,
    /// What works on many notes at once.
    pub work: &'static str,
    /// Groups and other boards.
    pub others: &'static str,
    /// Files.
    pub take_home: &'static str,
    /// What only the facilitator decides.
    pub lead: &'static str,
    /// The person, the app and the way out.
    pub own: &'static str,
}

/// The words of groups and merging.
#[derive(Debug)]
pub struct GroupWords {
    /// The board's groups.
    pub title: &'static str,
    /// What that is.
    pub menu_hint: &'static str,
    /// A board without groups, for who may make some.
    pub none_yet: &'static str,
    /// The same, for who may not.
    pub none_here: &'static str,
    /// Opens the form that makes groups.
    pub new: &'static str,
    /// How many groups to make.
    pub how_many: &'static str,
    /// Names for the groups.
    pub names: &'static str,
    /// Which sections the groups get.
    pub sections: &'static str,
    /// Whether they get the notes too.
    pub with_notes: &'static str,
    /// What happens when groups are made.
    pub new_hint: &'static str,
    /// Makes the groups.
    pub make: &'static str,
    /// Opens a group's board.
    pub enter: &'static str,
    /// Shows a group's QR code.
    pub show_code: &'static str,
    /// A group's board is being opened here.
    pub opening: &'static str,
    /// A group's board without connection.
    pub offline: &'static str,
    /// While the worker looks at the sources.
    pub looking: &'static str,
    /// Merging.
    pub merge_title: &'static str,
    /// What that does.
    pub merge_menu_hint: &'static str,
    /// Goes to merging.
    pub merge_all: &'static str,
    /// Does it.
    pub merge: &'static str,
    /// That it can be taken back.
    pub merge_hint: &'static str,
    /// It is done.
    pub merged: &'static str,
    /// A source has nothing that is not here.
    pub nothing_new: &'static str,
    /// There is nothing to merge.
    pub no_sources: &'static str,
    /// Adds a file.
    pub add_file: &'static str,
    /// Which files.
    pub add_file_hint: &'static str,
    /// Unfolds the other boards that can be merged too.
    pub add_board: &'static str,
    /// Adds one.
    pub add: &'static str,
    /// Unfolds what a group changed.
    pub what_changes: &'static str,
    /// What conflicts are.
    pub to_choose_hint: &'static str,
    /// Leaves a conflict open.
    pub later: &'static str,
    /// What stands on this board.
    pub as_here: &'static str,
    /// All values joined.
    pub all_of_them: &'static str,
    /// This board as a source.
    pub this_board: &'static str,
    /// A field without a value.
    pub nothing: &'static str,
    /// Names the choice of where notes hang.
    pub placing: &'static str,
    /// A lane for each.
    pub place_lanes: &'static str,
    /// Where each had put them.
    pub place_overlay: &'static str,
    /// In rows.
    pub place_flow: &'static str,
    /// What piles are.
    pub piles_hint: &'static str,
    /// Moves all that is in a section to another one.
    pub move_all: &'static str,
    /// What that is for.
    pub move_all_menu_hint: &'static str,
    /// What becomes of the section.
    pub move_all_hint: &'static str,
    /// Takes in what the groups go on writing.
    pub follow: &'static str,
    /// That is on.
    pub follows: &'static str,
    /// Label of the field for a note to all groups.
    pub call: &'static str,
    /// What to put in it.
    pub call_hint: &'static str,
    /// Hangs it.
    pub call_go: &'static str,
    /// It hangs on so many groups' walls.
    pub called: fn(u32) -> String,
    /// A cross without a question.
    pub the_cross: &'static str,
    /// A section's heading.
    pub field_title: &'static str,
    /// A note's or rule's words.
    pub field_text: &'static str,
    /// Where a note is.
    pub field_section: &'static str,
    /// What a note is under.
    pub field_under: &'static str,
    /// How a force is judged.
    pub field_judged: &'static str,
    /// What a note is in its scenario.
    pub field_tag: &'static str,
    /// A scenario's name.
    pub field_scenario: &'static str,
    /// A scenario's story.
    pub field_story: &'static str,
    /// Names the choice of whose notes are shown.
    pub whose: &'static str,
    /// All alike.
    pub everybody: &'static str,
    /// A group's name by its number.
    pub numbered: fn(u32) -> String,
    /// How many people a group has.
    pub people: fn(u32) -> String,
    /// How many notes.
    pub notes: fn(u32) -> String,
    /// How many rules.
    pub rules: fn(u32) -> String,
    /// How many notes come.
    pub new_notes: fn(u32) -> String,
    /// How many rules come.
    pub new_rules: fn(u32) -> String,
    /// How many fields change.
    pub changed: fn(u32) -> String,
    /// How many records the group had removed.
    pub removed: fn(u32) -> String,
    /// How many changes were refused.
    pub refused: fn(u32) -> String,
    /// How many conflicts there are.
    pub to_choose: fn(u32) -> String,
    /// How many piles there are.
    pub piles: fn(u32) -> String,
    /// Which section a group looks at.
    pub looks_at: fn(&str) -> String,
    /// When a group last wrote something new.
    pub written_at: fn(&str) -> String,
    /// Where a note came from.
    pub from: fn(&str) -> String,
    /// A record that the group removed and that stays here.
    pub removed_there: fn(&str) -> String,
    /// A field (a phrase that ends in a preposition) and the record it is of.
    pub field_of: fn(&str, &str) -> String,
}

/// The words of comparing rules.
#[derive(Debug)]
pub struct CompareWords {
    /// Opens it.
    pub title: &'static str,
    /// What it is.
    pub menu_hint: &'static str,
    /// What to compare with.
    pub choose: &'static str,
    /// Chooses something else.
    pub again: &'static str,
    /// Heading over the boards of this device.
    pub boards: &'static str,
    /// There is no other.
    pub no_boards: &'static str,
    /// Label of the field for a link.
    pub link: &'static str,
    /// What becomes of that board.
    pub link_hint: &'static str,
    /// Compares with what is in the field.
    pub go: &'static str,
    /// Chooses a file.
    pub file: &'static str,
    /// While the other board is read or fetched.
    pub looking: &'static str,
    /// Copies the comparison.
    pub copy: &'static str,
}

/// The words of beginning the next board.
#[derive(Debug)]
pub struct CarryWords {
    /// Opens it.
    pub title: &'static str,
    /// What it is.
    pub menu_hint: &'static str,
    /// What becomes of it.
    pub lead: &'static str,
    /// Names the choice of rules.
    pub rules: &'static str,
    /// None of them.
    pub none: &'static str,
    /// Names the choice of what they are there.
    pub standing: &'static str,
    /// Proposals.
    pub proposals: &'static str,
    /// What they are here.
    pub as_they_are: &'static str,
    /// Names the choice of what else goes along.
    pub also: &'static str,
    /// Makes the board.
    pub go: &'static str,
    /// So many agreed rules.
    pub agreed: fn(usize) -> String,
    /// So many rules, proposed ones among them.
    pub all: fn(usize) -> String,
    /// A cross' question and axes, by its section's heading.
    pub cross: fn(&str) -> String,
    /// So many notes, by their section's heading.
    pub notes: fn(&str, usize) -> String,
    /// The next board's title, by this one's.
    pub suggested: fn(&str) -> String,
    /// What a board was begun from, and on which day.
    pub begun: fn(&str, &str) -> String,
}

/// Every word of the interface.
#[derive(Debug)]
pub struct Words {
    /// Groups and merging.
    pub groups: GroupWords,
    /// Comparing rules.
    pub compare: CompareWords,
    /// Beginning the next board.
    pub carry: CarryWords,
    // Everywhere.
    /// The language's tag, for dates and the document.
    pub locale: &'static str,
    /// The product's name.
    pub product: &'static str,
    /// What it is, in a sentence.
    pub tagline: &'static str,
    /// The title of a board that nobody gave one.
    pub untitled: &'static str,
    /// Leaves a question without an answer.
    pub cancel: &'static str,
    /// Closes a dialog or a message.
    pub close: &'static str,
    /// Goes back to the board.
    pub back: &'static str,
    /// Takes a removal back.
    pub undo: &'static str,
    /// While a board is being opened.
    pub opening: &'static str,
    /// Names the choice of language.
    pub language: &'static str,
    /// Names the choice of light or dark.
    pub theme: &'static str,
    /// Light or dark as the device has it.
    pub theme_device: &'static str,
    /// Light.
    pub theme_light: &'static str,
    /// Dark.
    pub theme_dark: &'static str,
    /// Black on white.
    pub theme_contrast: &'static str,
    /// Names the region with messages.
    pub messages: &'static str,

    // Start screen.
    /// Heading over the boards of this device.
    pub my_boards: &'static str,
    /// Under that heading.
    pub my_boards_hint: &'static str,
    /// There is no board yet.
    pub no_boards: &'static str,
    /// What to do about it.
    pub no_boards_hint: &'static str,
    /// Opens the dialog for a new board.
    pub new_board: &'static str,
    /// Label of the field for a link.
    pub open_link: &'static str,
    /// What to put in it.
    pub open_link_hint: &'static str,
    /// Read a link's QR code with the camera.
    pub scan: &'static str,
    /// What to do with the camera.
    pub scan_hint: &'static str,
    /// The browser does not let us use it.
    pub scan_refused: &'static str,
    /// There is none, or something else has it.
    pub scan_without: &'static str,
    /// Opens what is in the field.
    pub open: &'static str,
    /// Label of the file chooser.
    pub open_file: &'static str,
    /// Which files.
    pub open_file_hint: &'static str,
    /// When a board was last opened.
    pub opened_at: fn(&str) -> String,
    /// All of a board's changes are on the relay.
    pub all_shared: &'static str,
    /// Changes that only this device has.
    pub only_here: fn(u32) -> String,
    /// What this device may do on a board.
    pub role_facilitator: &'static str,
    /// The same for a participant.
    pub role_participant: &'static str,
    /// The same for an observer.
    pub role_observer: &'static str,
    /// Removes a board from this device.
    pub forget: &'static str,
    /// Asks before that.
    pub forget_title: &'static str,
    /// What removing means when all is shared.
    pub forget_shared: &'static str,
    /// What removing means when something is not.
    pub forget_unshared: &'static str,
    /// What plain http cannot do.
    pub plain_http: &'static str,

    // New board.
    /// Asks for a template.
    pub template_title: &'static str,
    /// The workshop template.
    pub template_workshop: &'static str,
    /// What it holds.
    pub template_workshop_hint: &'static str,
    /// The template with one wall.
    pub template_empty: &'static str,
    /// What it holds.
    pub template_empty_hint: &'static str,
    /// Label of a board's title.
    pub board_name: &'static str,
    /// An example of one.
    pub board_name_hint: &'static str,
    /// Makes the board.
    pub create: &'static str,

    // Joining and names.
    /// Before the board's title.
    pub welcome_to: &'static str,
    /// Label of the name.
    pub first_name: &'static str,
    /// Under it.
    pub first_name_hint: &'static str,
    /// Goes to the board.
    pub enter: &'static str,
    /// Opens the name dialog.
    pub your_name: &'static str,
    /// Keeps the name.
    pub save_name: &'static str,
    /// Somebody without a name.
    pub nameless: &'static str,
    /// After the person's own name.
    pub you: &'static str,

    // The board's frame.
    /// Names the field of the board's title.
    pub edit_title: &'static str,
    /// Opens the links.
    pub share: &'static str,
    /// Opens the menu.
    pub menu: &'static str,
    /// What is in it.
    pub menu_groups: MenuWords,
    /// Leads to the start screen.
    pub home: &'static str,
    /// Names the row of sections.
    pub sections: &'static str,
    /// Leads to the list.
    pub list_view: &'static str,
    /// Leads to the trash.
    pub trash: &'static str,
    /// Downloads the archive.
    pub export_archive: &'static str,
    /// What it is.
    pub export_archive_hint: &'static str,
    /// Downloads the board file.
    pub export_file: &'static str,
    /// What it is for.
    pub export_file_hint: &'static str,
    /// Prints the list.
    pub print: &'static str,
    /// A newcomer's board before it has come.
    pub fetching: &'static str,
    /// When it comes.
    pub fetching_hint: &'static str,
    /// A section of a newer version.
    pub section_unknown: &'static str,
    /// How many others are here.
    pub peers: fn(u32) -> String,
    /// Heading over who is here.
    pub peers_title: &'static str,
    /// Switches on that it is shown where others write.
    pub see_writers: &'static str,
    /// What others have done: so many of a kind.
    pub news: fn(Count) -> String,
    /// Where somebody is.
    pub looks_at: fn(&str) -> String,

    // The save state.
    /// Heading of the details.
    pub save_title: &'static str,
    /// A write to the disk is under way.
    pub saving: &'static str,
    /// Everything is with everyone.
    pub shared: &'static str,
    /// Saved here, on its way out.
    pub sharing: fn(u32) -> String,
    /// Saved here, connecting.
    pub connecting: &'static str,
    /// No network, nothing pending.
    pub offline_shared: &'static str,
    /// No network, changes pending.
    pub offline_pending: fn(u32) -> String,
    /// The device keeps nothing.
    pub save_impossible: &'static str,
    /// The relay refuses for good.
    pub save_refused: &'static str,
    /// The relay answers and cannot take it now; nothing pending.
    pub server_waits_shared: &'static str,
    /// The same, changes pending.
    pub server_waits_pending: fn(u32) -> String,
    /// Details: the disk has it.
    pub detail_device_yes: &'static str,
    /// Details: it is being written.
    pub detail_device_now: &'static str,
    /// Details: the disk has not got it.
    pub detail_device_no: &'static str,
    /// Details: everyone has it.
    pub detail_shared: &'static str,
    /// Details: what happens without a network.
    pub detail_offline: &'static str,
    /// Details: another tab syncs.
    pub detail_other_tab: &'static str,
    /// Details: why the relay takes nothing.
    pub obstacle: fn(Obstacle) -> String,
    /// When everything was last shared.
    pub last_shared: fn(&str) -> String,
    /// It never was.
    pub never_shared: &'static str,
    /// Why storing failed.
    pub storage_failure: fn(StorageFailure) -> &'static str,

    // Notes.
    /// Makes a note.
    pub add_note: &'static str,
    /// A note without words.
    pub empty_note: &'static str,
    /// What to write on one.
    pub note_hint: &'static str,
    /// What keys do on a note.
    pub note_keys: &'static str,
    /// A note only this device has.
    pub not_shared: &'static str,
    /// Somebody is writing.
    pub writes: fn(&str) -> String,
    /// Opens what can be done to a note.
    pub note_menu: &'static str,
    /// Opens what can be done to a rule.
    pub rule_menu: &'static str,
    /// Writes in a note.
    pub write: &'static str,
    /// Stops writing.
    pub done: &'static str,
    /// Names the choice of paper.
    pub colour: &'static str,
    /// Names the choice of place.
    pub move_to: &'static str,
    /// Puts something in the trash.
    pub remove: &'static str,
    /// The name of a paper.
    pub colour_name: fn(Colour) -> &'static str,
    /// A note for who cannot see it: colour, words, place.
    pub note_label: fn(&str, &str, &str) -> String,
    /// A place on a wall.
    pub wall_place: fn(i32, i32) -> String,
    /// Names the wall.
    pub wall: &'static str,
    /// A wall without notes.
    pub wall_empty: &'static str,
    /// What to do about it.
    pub wall_empty_hint: &'static str,
    /// Larger.
    pub zoom_in: &'static str,
    /// Smaller.
    pub zoom_out: &'static str,
    /// Shows all notes.
    pub fit: &'static str,
    /// Puts notes under a heading.
    pub group: &'static str,
    /// The choice of a heading that is not there yet.
    pub new_heading: &'static str,
    /// Puts them under the chosen heading.
    pub group_go: &'static str,
    /// Takes notes out from under their heading.
    pub loosen: &'static str,
    /// On the note that the one in the hand goes under when it is let go now.
    pub drop_under: &'static str,
    /// Where a note is that is under the heading with these words.
    pub under: fn(&str) -> String,
    /// What a heading is, with so many notes under it.
    pub heads: fn(u32) -> String,
    /// So many notes.
    pub note_count: fn(u32) -> String,

    // Ground rules.
    /// Proposes a rule.
    pub add_rule: &'static str,
    /// Names a rule's text.
    pub rule: &'static str,
    /// How one may begin.
    pub rule_hint: &'static str,
    /// What the list is.
    pub rules_lead: &'static str,
    /// There is no rule.
    pub rules_empty: &'static str,
    /// What to do about it.
    pub rules_empty_hint: &'static str,
    /// Label of a rule's reason.
    pub why: &'static str,
    /// What to write there.
    pub why_hint: &'static str,
    /// Label of a rule's examples.
    pub shows_as: &'static str,
    /// What to write there.
    pub shows_as_hint: &'static str,
    /// Unfolds reason and examples.
    pub rule_more: &'static str,
    /// A rule's status.
    pub proposed: &'static str,
    /// A rule's status.
    pub agreed: &'static str,
    /// A rule's status.
    pub retired: &'static str,
    /// Makes a rule agreed.
    pub agree: &'static str,
    /// Retires a rule.
    pub retire: &'static str,
    /// Back to proposed.
    pub propose_again: &'static str,
    /// How many support a rule.
    pub support_count: fn(u32) -> String,
    /// Gives or takes back support.
    pub support: &'static str,
    /// One place up.
    pub move_up: &'static str,
    /// One place down.
    pub move_down: &'static str,
    /// The handle for dragging.
    pub drag_rule: &'static str,
    /// Folds the retired rules.
    pub retired_rules: fn(u32) -> String,

    // Scenario cross.
    /// Label of the burning question.
    pub question: &'static str,
    /// What to write there.
    pub question_hint: &'static str,
    /// Label of the year.
    pub horizon: &'static str,
    /// Names the axis from left to right.
    pub axis_x: &'static str,
    /// Names the axis from bottom to top.
    pub axis_y: &'static str,
    /// What to write there.
    pub axis_hint: &'static str,
    /// A pole.
    pub pole_left: &'static str,
    /// A pole.
    pub pole_right: &'static str,
    /// A pole.
    pub pole_low: &'static str,
    /// A pole.
    pub pole_high: &'static str,
    /// Label of a scenario's name.
    pub scenario_name: &'static str,
    /// Label of a scenario's story.
    pub story: &'static str,
    /// What to write there.
    pub story_hint: &'static str,
    /// The tray of notes that are in no scenario.
    pub forces: &'static str,
    /// What to do with them.
    pub forces_hint: &'static str,
    /// Makes one.
    pub add_force: &'static str,
    /// A quadrant fills the screen.
    pub scenario_open: &'static str,
    /// Back to all four.
    pub scenario_close: &'static str,
    /// Makes the cross of a section that has none.
    pub make_cross: &'static str,
    /// Names the strip of steps.
    pub steps: &'static str,
    /// A step.
    pub step: fn(CrossStep) -> &'static str,
    /// What a room does in it.
    pub step_hint: fn(CrossStep) -> &'static str,
    /// Names the field of impact and uncertainty.
    pub field: &'static str,
    /// How much a force would change.
    pub impact: &'static str,
    /// How uncertain it is.
    pub uncertainty: &'static str,
    /// The corner where both are great.
    pub matters_most: &'static str,
    /// Heading over forces that nobody has judged.
    pub unjudged: &'static str,
    /// No force waits any more.
    pub all_judged: &'static str,
    /// There is no force yet.
    pub no_forces: &'static str,
    /// How the keyboard judges.
    pub force_keys: &'static str,
    /// A force for a screen reader: its words and its judgement.
    pub force_label: fn(&str, &str) -> String,
    /// A judgement in words.
    pub judged: fn(Judgement) -> String,
    /// There is none.
    pub not_judged: &'static str,
    /// Takes a judgement back.
    pub unjudge: &'static str,
    /// A degree.
    pub degree: fn(Degree) -> &'static str,
    /// Heading over the forces that an axis may come from.
    pub axis_from: &'static str,
    /// Names the choice of what a note is.
    pub is_a: &'static str,
    /// What a note is.
    pub tag: fn(Tag) -> &'static str,
    /// Nothing of these.
    pub no_tag: &'static str,
    /// Heading over all notes that are this.
    pub tags: fn(Tag) -> &'static str,
    /// Adds one.
    pub add_tagged: fn(Tag) -> &'static str,
    /// Heading over notes that are none of these.
    pub untagged: &'static str,
    /// Heading over strategies that stand in several scenarios.
    pub in_several: &'static str,
    /// There are none.
    pub none_in_several: &'static str,
    /// It stands in all four.
    pub in_all: &'static str,
    /// A scenario has no strategies yet.
    pub no_strategies: &'static str,
    /// Where a quadrant is.
    pub quadrant_place: fn(QuadrantPlace) -> &'static str,

    // Sharing.
    /// Heading of the links.
    pub share_title: &'static str,
    /// Heading of the participants' link.
    pub share_participant: &'static str,
    /// What it allows.
    pub share_participant_hint: &'static str,
    /// Heading of the observers' link.
    pub share_observer: &'static str,
    /// What it allows.
    pub share_observer_hint: &'static str,
    /// Heading of the co-facilitators' link.
    pub share_facilitator: &'static str,
    /// What it gives away.
    pub share_facilitator_warning: &'static str,
    /// Unfolds it.
    pub share_facilitator_show: &'static str,
    /// What every link is.
    pub share_secret: &'static str,
    /// Show a link to a whole room.
    pub share_large: &'static str,
    /// What the room is to do to write on the board.
    pub share_join: &'static str,
    /// What the room is to do to read it.
    pub share_read: &'static str,
    /// Copies a link.
    pub copy: &'static str,
    /// It is on the clipboard.
    pub copied: &'static str,
    /// So many notes went to the trash.
    pub removed_notes: fn(u32) -> String,
    /// So many notes were made of what was pasted.
    pub pasted: fn(u32) -> String,
    /// More was pasted than a wall takes at a time.
    pub too_much: &'static str,
    /// A note is picked, for who cannot see it.
    pub picked: &'static str,
    /// So many notes are picked.
    pub notes_picked: fn(u32) -> String,
    /// Lets a finger pick notes.
    pub pick_mode: &'static str,
    /// Pick this note.
    pub pick: &'static str,
    /// No note is picked any more.
    pub drop_picks: &'static str,
    /// Opens the menu for what is picked.
    pub colour_and_move: &'static str,
    /// Notes in rows and columns.
    pub arrange: &'static str,
    /// Make a second one.
    pub double: &'static str,
    /// Copy the words.
    pub copy_text: &'static str,
    /// Many notes at once.
    pub paste: &'static str,
    /// What that does.
    pub paste_menu_hint: &'static str,
    /// How to write them.
    pub paste_hint: &'static str,
    /// Make the notes.
    pub paste_go: &'static str,
    /// The keys.
    pub keys_title: &'static str,
    /// Each key, or keys pressed together, and what it does.
    pub keys: &'static [(&'static str, &'static str)],
    /// Single letters are commands.
    pub letter_keys: &'static str,
    /// Search the whole board.
    pub search: &'static str,
    /// Go to the next hit.
    pub search_next: &'static str,
    /// Go to the hit before.
    pub search_former: &'static str,
    /// Which hit of how many; none before one was gone to.
    pub found: fn(Option<u32>, u32) -> String,
    /// Since when something is only on this device.
    pub waiting_since: fn(&str) -> String,
    /// How much this device has left.
    pub free_space: fn(&str) -> String,
    /// Between whole numbers and tenths.
    pub decimal: char,
    /// The accessibility statement's heading.
    pub accessibility: &'static str,
    /// Its parts: a heading and paragraphs each.
    pub accessibility_parts: &'static [(&'static str, &'static [&'static str])],
    /// The board as it was.
    pub history: &'static str,
    /// What that does.
    pub history_hint: &'static str,
    /// Play it.
    pub play: &'static str,
    /// Stop playing.
    pub stop: &'static str,
    /// Leave the past.
    pub to_now: &'static str,
    /// When the step on the screen was made (may be empty), which it is, and of how many.
    pub past_at: fn(&str, u32, u32) -> String,
    /// Make a note what it was.
    pub bring_back: &'static str,
    /// That was done.
    pub brought_back: &'static str,
    /// A step was taken back or done again.
    pub went: fn(Way, About) -> &'static str,
    /// Others have written over all of one's own steps.
    pub went_nowhere: &'static str,
    /// Take the last own step back.
    pub step_back: &'static str,
    /// Do it again.
    pub step_again: &'static str,
    /// The browser refused.
    pub copy_refused: &'static str,
    /// Names a QR code.
    pub qr_label: fn(&str) -> String,

    // Pausing and finishing.
    /// Says that the board is paused.
    pub paused: &'static str,
    /// What that means for a participant.
    pub paused_hint: &'static str,
    /// What it means for the facilitator.
    pub paused_leads: &'static str,
    /// Says that the board is finished.
    pub finished: &'static str,
    /// What that means.
    pub finished_hint: &'static str,
    /// Says that the board was deleted.
    pub deleted: &'static str,
    /// What that means on this device.
    pub deleted_hint: &'static str,
    /// Why changes came too late, and what to do.
    pub late_hint: &'static str,
    /// Saves what came too late as a file.
    pub late_save: &'static str,
    /// Says that the board is being finished.
    pub finishing: &'static str,
    /// While everything has to arrive.
    pub finishing_settling: &'static str,
    /// While what is there is sealed.
    pub finishing_sealing: &'static str,
    /// Pauses the board.
    pub pause: &'static str,
    /// What pausing does.
    pub pause_hint: &'static str,
    /// Ends a pause.
    pub resume: &'static str,
    /// Opens a finished board again.
    pub reopen: &'static str,
    /// What opening it again does.
    pub reopen_hint: &'static str,
    /// Finishes the workshop.
    pub finish: &'static str,
    /// What finishing does.
    pub finish_hint: &'static str,
    /// Asks before the end.
    pub finish_title: &'static str,
    /// What will happen.
    pub finish_text: &'static str,
    /// Whose changes will not be part of it.
    pub finish_late: &'static str,
    /// That it has to wait for the network.
    pub finish_offline: &'static str,
    /// Finishes it now.
    pub finish_confirm: &'static str,
    /// How many changes came too late.
    pub late: fn(u32) -> String,
    /// How many changes of this device have to be shared first.
    pub finish_unshared: fn(u32) -> String,

    // Trash.
    /// Nothing was removed.
    pub trash_empty: &'static str,
    /// What the trash is.
    pub trash_hint: &'static str,
    /// Takes something back.
    pub restore: &'static str,
    /// Names a kind.
    pub kind_note: &'static str,
    /// Names a kind.
    pub kind_rule: &'static str,
    /// Names a kind.
    pub kind_section: &'static str,
    /// After removing.
    pub removed_note: &'static str,
    /// After removing.
    pub removed_rule: &'static str,
    /// After removing.
    pub removed_section: &'static str,

    // Messages.
    /// A board was removed from the device.
    pub forgotten: &'static str,
    /// A chosen file could not be read.
    pub file_unreadable: &'static str,
    /// What was pasted is no link.
    pub not_a_link: &'static str,
    /// A new version waits.
    pub update_ready: &'static str,
    /// Takes it.
    pub update_now: &'static str,
    /// Loads the page again.
    pub reload: &'static str,
    /// What did not work, and what to do about it.
    pub failure: fn(&Failure) -> String,
}

#[cfg(test)]
mod tests;
