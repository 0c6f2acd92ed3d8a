//! The labels of an outline in Swedish, Danish and English.

use crate::records::{Colour, Degree, QuadrantPlace, RuleStatus, SectionKind, Tag};
use crate::templates::Language;

/// Every label that an outline writes. A board's own words are never translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// The heading of a board without a title.
    pub untitled: &'static str,
    /// The heading of a section of notes without a title.
    pub notes: &'static str,
    /// The heading of a section of ground rules without a title.
    pub rules: &'static str,
    /// The heading of a section with a scenario cross without a title.
    pub cross: &'static str,
    /// The heading of a section that a newer version made.
    pub unknown: &'static str,
    /// What such a section says instead of its contents.
    pub unknown_notice: &'static str,
    /// What an empty section says.
    pub nothing_here: &'static str,
    /// What stands for a note or rule without words.
    pub no_words: &'static str,
    /// The label of a colour.
    pub colour: &'static str,
    /// The colours, in the order of `Colour::ALL`.
    pub colours: [&'static str; 7],
    /// The label of what a note is in its scenario.
    pub tag: &'static str,
    /// Consequence, strategy, early sign.
    pub tags: [&'static str; 3],
    /// The label of how much impact a driving force has.
    pub impact: &'static str,
    /// The label of how uncertain it is.
    pub uncertainty: &'static str,
    /// Little, some, much.
    pub degrees: [&'static str; 3],
    /// The label of the driving force that an axis came from.
    pub from_force: &'static str,
    /// The label of an author.
    pub author: &'static str,
    /// The label of the merged board that something came from.
    pub origin: &'static str,
    /// The label of the board that this one was begun from.
    pub begun_from: &'static str,
    /// The label of a rule's status.
    pub status: &'static str,
    /// Proposed, agreed, retired.
    pub statuses: [&'static str; 3],
    /// The label of how many support a rule.
    pub support: &'static str,
    /// One supporter.
    pub one_person: &'static str,
    /// Several; `{}` is their number.
    pub many_people: &'static str,
    /// The label of why a rule is wanted.
    pub why: &'static str,
    /// The label of how a rule shows.
    pub shows_as: &'static str,
    /// The label of the burning question.
    pub question: &'static str,
    /// The label of the year of the scenarios.
    pub horizon: &'static str,
    /// The label of the axis from left to right.
    pub x_axis: &'static str,
    /// The label of the axis from bottom to top.
    pub y_axis: &'static str,
    /// Before the left pole of the axis from left to right, and before its right one.
    pub x_poles: [&'static str; 2],
    /// Before the lower pole of the axis from bottom to top, and before its upper one.
    pub y_poles: [&'static str; 2],
    /// The heading of the driving forces.
    pub forces: &'static str,
    /// The label of where a scenario lies.
    pub place: &'static str,
    /// The places, in the order of `QuadrantPlace::ALL`.
    pub places: [&'static str; 4],
    /// The heading of a scenario without a name; `{}` is its place.
    pub scenario: &'static str,
    /// The heading of two boards' ground rules side by side.
    pub compared: &'static str,
    /// The heading of rules that both have.
    pub in_both: &'static str,
    /// The heading of rules that both have in different words.
    pub worded_differently: &'static str,
    /// The heading of rules that one board has; `{}` is its title.
    pub only_in: &'static str,
}

impl Words {
    /// The labels in `language`.
    #[must_use]
    pub const fn of(language: Language) -> &'static Self {
        match language {
            Language::Sv => &SWEDISH,
            Language::Da => &DANISH,
            Language::En => &ENGLISH,
        }
    }

    /// The heading of a section without a title.
    #[must_use]
    pub const fn section(&self, kind: SectionKind) -> &'static str {
        match kind {
            SectionKind::Notes => self.notes,
            SectionKind::Rules => self.rules,
            SectionKind::Cross => self.cross,
            SectionKind::Unknown => self.unknown,
        }
    }

    /// The name of a colour.
    #[must_use]
    pub const fn colour_name(&self, colour: Colour) -> &'static str {
        let [yellow, orange, pink, violet, blue, green, white] = self.colours;
        match colour {
            Colour::Yellow => yellow,
            Colour::Orange => orange,
            Colour::Pink => pink,
            Colour::Violet => violet,
            Colour::Blue => blue,
            Colour::Green => green,
            Colour::White => white,
        }
    }

    /// The name of a rule's status.
    #[must_use]
    pub const fn status_name(&self, status: RuleStatus) -> &'static str {
        let [proposed, agreed, retired] = self.statuses;
        match status {
            RuleStatus::Proposed => proposed,
            RuleStatus::Agreed => agreed,
            RuleStatus::Retired => retired,
        }
    }

    /// The name of a tag.
    #[must_use]
    pub const fn tag_name(&self, tag: Tag) -> &'static str {
        let [consequence, strategy, early_sign] = self.tags;
        match tag {
            Tag::Consequence => consequence,
            Tag::Strategy => strategy,
            Tag::EarlySign => early_sign,
        }
    }

    /// A degree in a word.
    #[must_use]
    pub const fn degree_name(&self, degree: Degree) -> &'static str {
        let [low, middle, high] = self.degrees;
        match degree {
            Degree::Low => low,
            Degree::Middle => middle,
            Degree::High => high,
        }
    }

    /// Where a quadrant lies.
    #[must_use]
    pub const fn place_name(&self, place: QuadrantPlace) -> &'static str {
        let [top_left, top_right, bottom_left, bottom_right] = self.places;
        match place {
            QuadrantPlace::TopLeft => top_left,
            QuadrantPlace::TopRight => top_right,
            QuadrantPlace::BottomLeft => bottom_left,
            QuadrantPlace::BottomRight => bottom_right,
        }
    }

    /// How many people there are, in words.
    #[must_use]
    pub fn people(&self, count: usize) -> String {
        match count {
            1 => self.one_person.into(),
            several => self.many_people.replace("{}", &several.to_string()),
        }
    }
}

const SWEDISH: Words = Words {
    untitled: "Tavla utan namn",
    notes: "Lappvägg",
    rules: "Spelregler",
    cross: "Scenariokors",
    unknown: "Avsnitt från en nyare version",
    unknown_notice: "Det här avsnittet är gjort i en nyare version. Uppdatera för att se allt som finns här.",
    nothing_here: "Här är det tomt än så länge.",
    no_words: "(utan text)",
    colour: "Färg",
    colours: ["gul", "orange", "rosa", "lila", "blå", "grön", "vit"],
    tag: "Är",
    tags: ["konsekvens", "strategi", "tidigt tecken"],
    impact: "Påverkan",
    uncertainty: "Osäkerhet",
    degrees: ["liten", "viss", "stor"],
    from_force: "från drivkraften",
    author: "Skriven av",
    origin: "Från",
    begun_from: "Börjad från",
    status: "Status",
    statuses: ["föreslagen", "gäller", "gäller inte längre"],
    support: "Står bakom",
    one_person: "1 person",
    many_people: "{} personer",
    why: "Varför",
    shows_as: "Visar sig som",
    question: "Brännande fråga",
    horizon: "Årtal",
    x_axis: "Vågrät axel",
    y_axis: "Lodrät axel",
    x_poles: ["till vänster", "till höger"],
    y_poles: ["nederst", "överst"],
    forces: "Drivkrafter",
    place: "Plats i korset",
    places: [
        "uppe till vänster",
        "uppe till höger",
        "nere till vänster",
        "nere till höger",
    ],
    scenario: "Scenario {}",
    compared: "Spelregler sida vid sida",
    in_both: "Gemensamma",
    worded_differently: "Olika ord för samma sak",
    only_in: "Bara i {}",
};

const DANISH: Words = Words {
    untitled: "Tavle uden navn",
    notes: "Seddelvæg",
    rules: "Spilleregler",
    cross: "Scenariekryds",
    unknown: "Afsnit fra en nyere version",
    unknown_notice: "Dette afsnit er lavet i en nyere version. Opdater for at se alt, hvad der står her.",
    nothing_here: "Her er tomt endnu.",
    no_words: "(uden tekst)",
    colour: "Farve",
    colours: ["gul", "orange", "lyserød", "lilla", "blå", "grøn", "hvid"],
    tag: "Er",
    tags: ["konsekvens", "strategi", "tidligt tegn"],
    impact: "Påvirkning",
    uncertainty: "Usikkerhed",
    degrees: ["lille", "nogen", "stor"],
    from_force: "fra drivkraften",
    author: "Skrevet af",
    origin: "Fra",
    begun_from: "Startet fra",
    status: "Status",
    statuses: ["foreslået", "gælder", "gælder ikke længere"],
    support: "Står bag",
    one_person: "1 person",
    many_people: "{} personer",
    why: "Hvorfor",
    shows_as: "Viser sig som",
    question: "Brændende spørgsmål",
    horizon: "Årstal",
    x_axis: "Vandret akse",
    y_axis: "Lodret akse",
    x_poles: ["til venstre", "til højre"],
    y_poles: ["nederst", "øverst"],
    forces: "Drivkræfter",
    place: "Plads i krydset",
    places: [
        "øverst til venstre",
        "øverst til højre",
        "nederst til venstre",
        "nederst til højre",
    ],
    scenario: "Scenarie {}",
    compared: "Spilleregler side om side",
    in_both: "Fælles",
    worded_differently: "Forskellige ord for det samme",
    only_in: "Kun i {}",
};

const ENGLISH: Words = Words {
    untitled: "Board without a name",
    notes: "Note wall",
    rules: "Ground rules",
    cross: "Scenario cross",
    unknown: "Section from a newer version",
    unknown_notice: "This section was made in a newer version. Update to see everything that is here.",
    nothing_here: "Nothing here yet.",
    no_words: "(no text)",
    colour: "Colour",
    colours: [
        "yellow", "orange", "pink", "violet", "blue", "green", "white",
    ],
    tag: "Is",
    tags: ["consequence", "strategy", "early sign"],
    impact: "Impact",
    uncertainty: "Uncertainty",
    degrees: ["low", "medium", "high"],
    from_force: "from the driving force",
    author: "Written by",
    origin: "From",
    begun_from: "Started from",
    status: "Status",
    statuses: ["proposed", "agreed", "retired"],
    support: "Stand behind it",
    one_person: "1 person",
    many_people: "{} people",
    why: "Why",
    shows_as: "Shows as",
    question: "Burning question",
    horizon: "Year",
    x_axis: "Horizontal axis",
    y_axis: "Vertical axis",
    x_poles: ["to the left", "to the right"],
    y_poles: ["at the bottom", "at the top"],
    forces: "Driving forces",
    place: "Place in the cross",
    places: ["top left", "top right", "bottom left", "bottom right"],
    scenario: "Scenario {}",
    compared: "Ground rules side by side",
    in_both: "In both",
    worded_differently: "In different words",
    only_in: "Only in {}",
};
