//! Danish.

use samsyn_shared::board::undo::{About, Way};
use samsyn_shared::records::{Colour, Degree, QuadrantPlace, Tag};

use super::{CarryWords, CompareWords, GroupWords, MenuWords, Words};
use crate::core::messages::{Failure, Obstacle, StorageFailure};
use crate::core::news::{Kind, What};
use crate::core::steps::CrossStep;

pub(super) static WORDS: Words = Words {
    groups: GroupWords {
        title: "Grupper",
        menu_hint: "Del rummet op. Hver gruppe får sin egen tavle",
        none_yet: "Tavlen har ingen grupper endnu.",
        none_here: "Tavlen har ingen grupper. Den, der leder, kan oprette dem.",
        new: "Opret grupper",
        how_many: "Antal grupper",
        names: "Gruppenavne, adskilt af komma eller linjeskift (valgfrit)",
        sections: "Grupperne får",
        with_notes: "Tag sedlerne med, som hænger der nu",
        new_hint: "Hver gruppe arbejder på sin egen tavle, også uden net. Det, grupperne skriver, henter du hertil med Læg sammen.",
        make: "Opret grupperne",
        enter: "Gå til gruppen",
        show_code: "Vis QR-kode",
        opening: "åbnes",
        offline: "intet net her, sådan så det ud sidst",
        looking: "Ser efter, hvad grupperne har skrevet …",
        merge_title: "Læg tavler sammen",
        merge_menu_hint: "Hent det, der står på gruppernes tavler eller i filer",
        merge_all: "Læg gruppernes tavler sammen",
        merge: "Læg sammen",
        merge_hint: "Du kan fortryde og lægge sammen igen, så tit du vil. Så kommer kun det nye.",
        merged: "Tavlerne er lagt sammen",
        nothing_new: "intet nyt",
        no_sources: "Her er ingen grupper. Tilføj en fil fra en anden tavle.",
        add_file: "Tilføj filer",
        add_file_hint: "Tavlefil (.samsyn) eller JSON-arkiv fra en anden tablet eller tavle",
        add_board: "Tilføj flere tavler",
        add: "Tilføj",
        what_changes: "Vis, hvad der ændres",
        to_choose_hint: "Flere har ændret det samme. Intet overskrives: vælg, hvad der skal gælde, eller lad det vente.",
        later: "Vælges senere",
        as_here: "Som det står her",
        all_of_them: "Alle, under hinanden",
        this_board: "Denne tavle",
        nothing: "(tomt)",
        placing: "Gruppernes sedler hænges",
        place_lanes: "i en kolonne for hver gruppe",
        place_overlay: "hvor gruppen hængte dem",
        place_flow: "i rækker efter hinanden",
        piles_hint: "Sæt hak ved dem, der skal hænge under en fælles overskrift. Intet lægges sammen af sig selv.",
        move_all: "Flyt alt til …",
        move_all_menu_hint: "Fra dette afsnit til et andet af samme slags",
        move_all_hint: "Alt havner ved siden af det, der er der. Det tomme afsnit lægges i papirkurven. Det er ét skridt, og det kan fortrydes.",
        follow: "Hent fortsat det ind, som grupperne skriver, så længe tavlen er åben her",
        follows: "Grupperne hentes ind løbende",
        call: "Seddel til alle grupper",
        call_hint: "F.eks. Ti minutter tilbage",
        call_go: "Hæng op",
        called: |n| match n {
            0 => "Ingen gruppe har en væg at hænge sedlen på".to_owned(),
            1 => "Sedlen hænger hos 1 gruppe".to_owned(),
            n => format!("Sedlen hænger hos {n} grupper"),
        },
        the_cross: "scenariekrydset",
        field_title: "Overskriften på",
        field_text: "Teksten i",
        field_section: "Afsnittet for",
        field_under: "Overskriften over",
        field_judged: "Vurderingen af",
        field_tag: "Slagsen for",
        field_scenario: "Et scenarienavn i",
        field_story: "En scenariefortælling i",
        whose: "Vis tydeligst",
        everybody: "Alle",
        numbered: |n| format!("Gruppe {n}"),
        people: |n| match n {
            1 => "1 person".to_owned(),
            n => format!("{n} personer"),
        },
        notes: |n| match n {
            1 => "1 seddel".to_owned(),
            n => format!("{n} sedler"),
        },
        rules: |n| match n {
            1 => "1 regel".to_owned(),
            n => format!("{n} regler"),
        },
        new_notes: |n| match n {
            1 => "1 ny seddel".to_owned(),
            n => format!("{n} nye sedler"),
        },
        new_rules: |n| match n {
            1 => "1 ny regel".to_owned(),
            n => format!("{n} nye regler"),
        },
        changed: |n| match n {
            1 => "1 ændring".to_owned(),
            n => format!("{n} ændringer"),
        },
        removed: |n| match n {
            1 => "1 fjernet der".to_owned(),
            n => format!("{n} fjernet der"),
        },
        refused: |n| match n {
            1 => "1 ændring kan ikke læses".to_owned(),
            n => format!("{n} ændringer kan ikke læses"),
        },
        to_choose: |n| match n {
            1 => "1 valg at træffe".to_owned(),
            n => format!("{n} valg at træffe"),
        },
        piles: |n| match n {
            1 => "1 bunke med næsten samme seddel".to_owned(),
            n => format!("{n} bunker med næsten samme seddel"),
        },
        looks_at: |it| format!("ser på {it}"),
        written_at: |it| format!("skrev sidst {it}"),
        from: |it| format!("Fra {it}"),
        removed_there: |it| format!("{it} blev fjernet i gruppen. Den er her stadig."),
        field_of: |field, record| format!("{field} {record}"),
    },
    compare: CompareWords {
        title: "Sammenlign regler",
        menu_hint: "Læg spillereglerne ved siden af en anden tavles",
        choose: "Sammenlign med …",
        again: "Sammenlign med noget andet",
        boards: "En tavle på denne enhed",
        no_boards: "Her er ingen anden tavle.",
        link: "En tavle, som du har linket til",
        link_hint: "Tavlen gemmes blandt dine tavler, så du kan sammenligne igen uden net.",
        go: "Sammenlign",
        file: "Vælg en fil",
        looking: "Læser den anden tavle …",
        copy: "Kopiér som tekst",
    },
    carry: CarryWords {
        title: "Begynd næste tavle herfra",
        menu_hint: "Til næste møde, eller til et team, der laver sine egne regler",
        lead: "Det, du vælger, kopieres til en ny tavle med egne links. Ingens navn og ingens støtte følger med. Det virker også uden net.",
        rules: "Spilleregler, der følger med",
        none: "Ingen",
        standing: "På den nye tavle er reglerne",
        proposals: "Forslag at tale om",
        as_they_are: "Det, de er her",
        also: "Tag også med",
        go: "Begynd tavlen",
        agreed: |n| format!("Dem, der gælder ({n})"),
        all: |n| format!("Alle, også forslagene ({n})"),
        cross: |it| format!("{it}: spørgsmålet og akserne"),
        notes: |it, n| match n {
            1 => format!("{it}: 1 seddel"),
            n => format!("{it}: {n} sedler"),
        },
        suggested: |it| format!("{it} – fortsættelse"),
        begun: |it, day| format!("Startet fra »{it}«, {day}"),
    },
    // Everywhere.
    locale: "da-DK",
    product: "Samsyn",
    tagline: "Tavlen, som alle skriver på – også når nettet er væk.",
    untitled: "Ny tavle",
    cancel: "Annuller",
    close: "Luk",
    back: "Tilbage til tavlen",
    undo: "Fortryd",
    opening: "Åbner tavlen …",
    language: "Sprog",
    theme: "Udseende",
    theme_device: "Som enheden",
    theme_light: "Lyst",
    theme_dark: "Mørkt",
    theme_contrast: "Høj kontrast",
    messages: "Beskeder",

    // Start screen.
    my_boards: "Mine tavler",
    my_boards_hint: "De er gemt på denne enhed.",
    no_boards: "Her er ingen tavler endnu",
    no_boards_hint: "Lav en ny tavle, eller åbn et link, du har fået.",
    new_board: "Ny tavle",
    open_link: "Åbn med link",
    open_link_hint: "Sæt linket ind her",
    scan: "Scan QR-kode",
    scan_hint: "Ret kameraet mod QR-koden, så åbner tavlen.",
    scan_refused: "Browseren giver ikke adgang til kameraet. Tillad kameraet for denne side i browserens indstillinger, eller sæt linket ind i stedet.",
    scan_without: "Kameraet kan ikke bruges. Luk andre programmer, der måske bruger det, eller sæt linket ind i stedet.",
    open: "Åbn",
    open_file: "Åbn fra fil",
    open_file_hint: "Et arkiv (.json) eller en tavlefil",
    opened_at: |it| format!("Åbnet {it}"),
    all_shared: "Alt er delt",
    only_here: |n| match n {
        1 => "1 ændring findes kun på denne enhed".to_owned(),
        n => format!("{n} ændringer findes kun på denne enhed"),
    },
    role_facilitator: "Du leder",
    role_participant: "Du deltager",
    role_observer: "Du læser",
    forget: "Fjern fra enheden",
    forget_title: "Fjerne tavlen fra denne enhed?",
    forget_shared: "Den er der stadig for alle andre. For at åbne den her igen skal du bruge linket.",
    forget_unshared: "De går tabt, hvis du fjerner tavlen nu. Åbn den med net, eller gem den først som fil.",
    plain_http: "Adressen er ikke krypteret (http). Det, du skriver, gemmes her, men tavlen kan ikke åbnes uden net: lad fanen være åben, eller brug en adresse med https.",

    // New board.
    template_title: "Hvad skal tavlen begynde med?",
    template_workshop: "Workshop",
    template_workshop_hint: "Seddelvæg, spilleregler og scenariekryds",
    template_empty: "Seddelvæg",
    template_empty_hint: "En tom væg, ikke mere",
    board_name: "Tavlens navn",
    board_name_hint: "For eksempel Ledergruppen i november",
    create: "Opret tavlen",

    // Joining and names.
    welcome_to: "Velkommen til",
    first_name: "Dit fornavn",
    first_name_hint: "Frivilligt. Kan ses af dem, der er på tavlen.",
    enter: "Gå ind på tavlen",
    your_name: "Dit navn",
    save_name: "Gem navnet",
    nameless: "Nogen uden navn",
    you: "dig",

    // The board's frame.
    edit_title: "Ret tavlens navn",
    share: "Inviter",
    menu: "Menu",
    menu_groups: MenuWords {
        look: "Se på tavlen",
        work: "Arbejd med sedlerne",
        others: "Grupper og andre tavler",
        take_home: "Tag med hjem",
        lead: "Led mødet",
        own: "Dig og Samsyn",
    },
    home: "Til mine tavler",
    sections: "Tavlens dele",
    list_view: "Hele tavlen som liste",
    trash: "Papirkurv",
    export_archive: "Hent arkiv",
    export_archive_hint: "Alt på tavlen som JSON, åbent format",
    export_file: "Gem tavlen som fil",
    export_file_hint: "Åbnes på en anden enhed, helt uden net",
    print: "Udskriv",
    fetching: "Henter tavlen …",
    fetching_hint: "Den vises, så snart den er kommet. Uden net kommer den, når nettet er tilbage.",
    section_unknown: "Denne del er lavet med en nyere version af Samsyn. Genindlæs siden for at se den.",
    peers: |n| match n {
        0 => "Ingen andre er her".to_owned(),
        1 => "1 mere er her".to_owned(),
        n => format!("{n} flere er her"),
    },
    peers_title: "På tavlen lige nu",
    see_writers: "Vis, hvor andre skriver (ikke når flere end 12 skriver samtidig)",
    news: |(kind, what, n)| match (kind, what) {
        (Kind::Note, What::New) if n == 1 => "1 ny seddel".to_owned(),
        (Kind::Note, What::New) => format!("{n} nye sedler"),
        (Kind::Note, What::Changed) if n == 1 => "1 seddel ændret".to_owned(),
        (Kind::Note, What::Changed) => format!("{n} sedler ændret"),
        (Kind::Note, What::Gone) if n == 1 => "1 seddel fjernet".to_owned(),
        (Kind::Note, What::Gone) => format!("{n} sedler fjernet"),
        (Kind::Rule, What::New) if n == 1 => "1 ny regel".to_owned(),
        (Kind::Rule, What::New) => format!("{n} nye regler"),
        (Kind::Rule, What::Changed) if n == 1 => "1 regel ændret".to_owned(),
        (Kind::Rule, What::Changed) => format!("{n} regler ændret"),
        (Kind::Rule, What::Gone) if n == 1 => "1 regel fjernet".to_owned(),
        (Kind::Rule, What::Gone) => format!("{n} regler fjernet"),
        (Kind::Cross, What::New | What::Changed | What::Gone) => {
            "scenariekrydset er ændret".to_owned()
        }
    },
    looks_at: |it| format!("er på {it}"),

    // The save state.
    save_title: "Er det gemt?",
    saving: "Gemmer …",
    shared: "Delt med alle",
    sharing: |n| match n {
        1 => "Gemt her – deler 1 ændring".to_owned(),
        n => format!("Gemt her – deler {n} ændringer"),
    },
    connecting: "Gemt her – forbinder …",
    offline_shared: "Intet net – alt er gemt her",
    offline_pending: |n| match n {
        1 => "Intet net – 1 ændring findes kun her".to_owned(),
        n => format!("Intet net – {n} ændringer findes kun her"),
    },
    save_impossible: "Kan ikke gemmes her – gem som fil",
    save_refused: "Gemt her – deles ikke",
    server_waits_shared: "Serveren er optaget – alt er gemt her",
    server_waits_pending: |n| match n {
        1 => "Serveren er optaget – 1 ændring findes kun her".to_owned(),
        n => format!("Serveren er optaget – {n} ændringer findes kun her"),
    },
    detail_device_yes: "Alt, du har skrevet, er gemt på denne enhed.",
    detail_device_now: "Det seneste gemmes lige nu på denne enhed.",
    detail_device_no: "Denne enhed gemmer ikke. Det, du skriver, findes kun, så længe siden er åben: gem tavlen som fil, før du lukker.",
    detail_shared: "Alt er sendt til dem, der er på tavlen.",
    detail_offline: "Der er intet net lige nu. Skriv videre: alt deles af sig selv, når nettet kommer tilbage.",
    detail_other_tab: "En anden fane i denne browser deler tavlen.",
    obstacle,
    last_shared: |it| format!("Alt var senest delt {it}."),
    never_shared: "Intet er delt med nogen endnu.",
    storage_failure: |why| match why {
        StorageFailure::Denied => {
            "Browseren tillader ikke, at noget gemmes, måske fordi vinduet er privat."
        }
        StorageFailure::Full => "Enheden er fuld.",
        StorageFailure::Lost => {
            "Browseren mistede forbindelsen til sit lager. Genindlæs siden, når du har gemt som fil."
        }
        StorageFailure::Damaged => "Det gemte kan ikke læses.",
        StorageFailure::Newer => "Tavlen er gemt af en nyere version. Genindlæs siden.",
    },

    // Notes.
    add_note: "Ny seddel",
    empty_note: "Tom seddel",
    note_hint: "Skriv her",
    note_keys: "Piletaster flytter sedlen, Enter skriver, Delete fjerner, M åbner menuen.",
    not_shared: "Ikke delt endnu",
    writes: |it| format!("{it} skriver …"),
    note_menu: "Ret sedlen",
    rule_menu: "Ret reglen",
    write: "Skriv",
    done: "Færdig",
    colour: "Farve",
    move_to: "Flyt til",
    remove: "Fjern",
    colour_name: |colour| match colour {
        Colour::Yellow => "gul",
        Colour::Orange => "orange",
        Colour::Pink => "lyserød",
        Colour::Violet => "lilla",
        Colour::Blue => "blå",
        Colour::Green => "grøn",
        Colour::White => "hvid",
    },
    note_label: |colour, words, place| format!("Seddel, {colour}: {words}. {place}"),
    wall_place: |x, y| format!("{x} til højre, {y} nedad"),
    wall: "Seddelvæg",
    wall_empty: "Væggen er tom",
    wall_empty_hint: "Tryk på Ny seddel, eller dobbelttryk, hvor sedlen skal hænge.",
    zoom_in: "Forstør",
    zoom_out: "Formindsk",
    fit: "Vis alle sedler",
    group: "Læg under overskrift",
    new_heading: "Ny overskrift …",
    group_go: "Læg under",
    loosen: "Tag ud af gruppen",
    drop_under: "Slip for at lægge under",
    under: |heading| format!("Under overskriften {heading}"),
    heads: |n| match n {
        1 => "Overskrift med 1 seddel under sig".to_owned(),
        n => format!("Overskrift med {n} sedler under sig"),
    },
    note_count: |n| match n {
        1 => "1 seddel".to_owned(),
        n => format!("{n} sedler"),
    },

    // Ground rules.
    add_rule: "Foreslå en regel",
    rule: "Regel",
    rule_hint: "Vi …",
    rules_lead: "Sådan vil vi arbejde og være over for hinanden.",
    rules_empty: "Ingen regler endnu",
    rules_empty_hint: "Foreslå en regel, som alle kan stå bag.",
    why: "Hvorfor",
    why_hint: "Hvad vil vi opnå med reglen?",
    shows_as: "Viser sig som",
    shows_as_hint: "Et eksempel pr. linje",
    rule_more: "Hvorfor, og hvordan det viser sig",
    proposed: "Foreslået",
    agreed: "Gælder",
    retired: "Gælder ikke længere",
    agree: "Vi er enige",
    retire: "Gælder ikke længere",
    propose_again: "Gør til forslag igen",
    support_count: |n| match n {
        0 => "Ingen står bag endnu".to_owned(),
        1 => "1 står bag".to_owned(),
        n => format!("{n} står bag"),
    },
    support: "Jeg står bag",
    move_up: "Flyt op",
    move_down: "Flyt ned",
    drag_rule: "Træk for at ændre rækkefølge",
    retired_rules: |n| format!("Gælder ikke længere ({n})"),

    // Scenario cross.
    question: "Brændende spørgsmål",
    question_hint: "Hvilket spørgsmål om fremtiden må vi have svar på?",
    horizon: "Årstal",
    axis_x: "Vandret akse",
    axis_y: "Lodret akse",
    axis_hint: "Hvad er usikkert?",
    pole_left: "Venstre ende",
    pole_right: "Højre ende",
    pole_low: "Nederste ende",
    pole_high: "Øverste ende",
    scenario_name: "Scenariets navn",
    story: "Fortælling",
    story_hint: "Sådan ser det ud …",
    forces: "Drivkræfter",
    forces_hint: "Det, som former fremtiden. Træk dem til det scenarie, hvor de hører hjemme.",
    add_force: "Ny drivkraft",
    scenario_open: "Vis stort",
    scenario_close: "Vis hele krydset",
    make_cross: "Lav et scenariekryds",
    steps: "Trin i scenariekorset",
    step: |step| match step {
        CrossStep::Question => "Spørgsmål",
        CrossStep::Forces => "Drivkræfter",
        CrossStep::Field => "Vurder",
        CrossStep::Axes => "Akser",
        CrossStep::Scenarios => "Scenarier",
        CrossStep::Consequences => "Konsekvenser",
        CrossStep::Actions => "Forbered",
    },
    step_hint: |step| match step {
        CrossStep::Question => {
            "Hvilket spørgsmål om fremtiden må I have svar på, og hvor langt frem ser I?"
        }
        CrossStep::Forces => "Hvad former fremtiden? Skriv én drivkraft eller tendens pr. seddel.",
        CrossStep::Field => {
            "Træk hver drivkraft derhen, hvor den hører til: højere op, hvis den påvirker mere, længere til højre, hvis den er mere usikker."
        }
        CrossStep::Axes => {
            "Vælg to drivkræfter, der både påvirker meget og er usikre. Giv hver akse et navn og to ender."
        }
        CrossStep::Scenarios => "Fire fremtider mellem to akser.",
        CrossStep::Consequences => {
            "Hvis det bliver sådan: Hvad følger af det, hvad gør vi så, og hvad mærker vi først?"
        }
        CrossStep::Actions => "Hvad må vi forberede, uanset hvilken fremtid det bliver?",
    },
    field: "Felt for påvirkning og usikkerhed",
    impact: "Påvirkning",
    uncertainty: "Usikkerhed",
    matters_most: "Stor påvirkning, meget usikkert",
    unjudged: "Ikke vurderet endnu",
    all_judged: "Alle drivkræfter er vurderet.",
    no_forces: "Her er ingen drivkræfter endnu.",
    force_keys: "Piletaster flytter drivkraften i feltet, Enter åbner menuen.",
    force_label: |words, judged| format!("Drivkraft: {words}. {judged}"),
    judged: |it| {
        let impact = match Degree::of(it.impact) {
            Degree::Low => "Lille påvirkning",
            Degree::Middle => "Nogen påvirkning",
            Degree::High => "Stor påvirkning",
        };
        let uncertainty = match Degree::of(it.uncertainty) {
            Degree::Low => "ret sikker",
            Degree::Middle => "noget usikker",
            Degree::High => "meget usikker",
        };
        format!("{impact}, {uncertainty}")
    },
    not_judged: "Ikke vurderet endnu",
    unjudge: "Fjern vurderingen",
    degree: |degree| match degree {
        Degree::Low => "lille",
        Degree::Middle => "nogen",
        Degree::High => "stor",
    },
    axis_from: "Hvilken drivkraft bliver aksen?",
    is_a: "Sedlen er",
    tag: |tag| match tag {
        Tag::Consequence => "Konsekvens",
        Tag::Strategy => "Strategi",
        Tag::EarlySign => "Tidligt tegn",
    },
    no_tag: "Ingen af dem",
    tags: |tag| match tag {
        Tag::Consequence => "Konsekvenser",
        Tag::Strategy => "Strategier",
        Tag::EarlySign => "Tidlige tegn",
    },
    add_tagged: |tag| match tag {
        Tag::Consequence => "Ny konsekvens",
        Tag::Strategy => "Ny strategi",
        Tag::EarlySign => "Nyt tidligt tegn",
    },
    untagged: "Øvrige sedler",
    in_several: "Holder i flere fremtider",
    none_in_several: "Ingen strategi står i mere end ét scenarie endnu. Skriv den samme strategi i flere, så samles den her.",
    in_all: "I alle fire fremtider",
    no_strategies: "Ingen strategier endnu",
    quadrant_place: |place| match place {
        QuadrantPlace::TopLeft => "Øverst til venstre",
        QuadrantPlace::TopRight => "Øverst til højre",
        QuadrantPlace::BottomLeft => "Nederst til venstre",
        QuadrantPlace::BottomRight => "Nederst til højre",
    },

    // Sharing.
    share_title: "Inviter til tavlen",
    share_participant: "Deltagere",
    share_participant_hint: "Skriver på tavlen. Vis QR-koden i rummet, eller send linket.",
    share_observer: "Læsere",
    share_observer_hint: "Ser alt, men kan ikke skrive.",
    share_facilitator: "Medledere",
    share_facilitator_warning: "Den, der har dette link, kan alt, hvad du kan: omdøbe tavlen, afslutte den og invitere andre. Linket kan ikke trækkes tilbage. Vis det aldrig i rummet.",
    share_facilitator_show: "Vis linket for medledere",
    share_secret: "Nøglen til tavlen ligger i linket. Serveren kan ikke læse det, I skriver.",
    share_large: "Vis stort",
    share_join: "Scan koden med kameraet i mobilen eller tabletten for at være med",
    share_read: "Scan koden med kameraet i mobilen eller tabletten for at læse med",
    copy: "Kopiér linket",
    copied: "Kopieret",
    removed_notes: |n| match n {
        1 => "1 seddel ligger i papirkurven".to_owned(),
        n => format!("{n} sedler ligger i papirkurven"),
    },
    pasted: |n| match n {
        1 => "1 seddel er sat op".to_owned(),
        n => format!("{n} sedler er sat op"),
    },
    notes_picked: |n| match n {
        1 => "1 seddel markeret".to_owned(),
        n => format!("{n} sedler markeret"),
    },
    too_much: "Der er flere end 500 linjer. Sæt dem ind ad flere omgange.",
    picked: "Markeret",
    pick_mode: "Markér sedler",
    pick: "Markér",
    drop_picks: "Fjern markering",
    colour_and_move: "Farve og plads",
    arrange: "Ordn i rækker",
    double: "Duplikér",
    copy_text: "Kopiér tekst",
    paste: "Tilføj mange sedler",
    paste_menu_hint: "Skriv eller sæt ind, én seddel pr. linje",
    paste_hint: "Én seddel pr. linje. En kolonne fra et regneark kan også sættes ind.",
    paste_go: "Sæt sedlerne op",
    keys_title: "Taster",
    letter_keys: "Enkelte bogstaver er kommandoer (slå fra, hvis du indtaler tekst)",
    keys: &[
        ("N", "Ny seddel"),
        ("Enter", "Skriv på sedlen"),
        ("Esc", "Forlad teksten, fjern markering"),
        ("Pile", "Flyt væggen, eller den valgte seddel"),
        ("Skift+Pile", "Flyt sedlen langt"),
        ("M", "Sedlens menu: farve, plads og mere"),
        ("Mellemrum", "Markér sedlen"),
        ("Ctrl+A", "Markér alle sedler"),
        ("Ctrl+C", "Kopiér teksten fra markerede sedler"),
        ("Ctrl+V", "Sæt ind, én seddel pr. linje"),
        ("Ctrl+D", "Duplikér markerede sedler"),
        ("Delete", "Læg i papirkurven"),
        ("Ctrl+Z", "Fortryd mit seneste trin"),
        ("Ctrl+Skift+Z", "Gør igen"),
        ("Ctrl+F", "Søg på tavlen"),
        ("+", "Zoom ind"),
        ("-", "Zoom ud"),
        ("0", "Vis alle sedler"),
        ("?", "Vis tasterne"),
    ],
    search: "Søg på tavlen",
    search_next: "Næste fund",
    search_former: "Forrige fund",
    found: |at, all| match (at, all) {
        (_, 0) => "Intet fundet".to_owned(),
        (None, 1) => "1 fund".to_owned(),
        (None, all) => format!("{all} fund"),
        (Some(at), all) => format!("{at} af {all}"),
    },
    waiting_since: |it| format!("Det ældste af det har ventet siden {it}."),
    free_space: |it| format!("Enheden har {it} tilbage til tavler."),
    decimal: ',',
    accessibility: "Tilgængelighed",
    accessibility_parts: &[
        (
            "Hvad vi retter os efter",
            &[
                "Samsyn er lavet til at leve op til WCAG 2.1 på niveau AA, som loven kræver af myndigheder og kommuner.",
                "Det, der gøres med finger eller mus på en tavle, kan også gøres med tastatur. Listevisningen har hele tavlen i rækkefølge for skærmlæsere, og sedler kan skrives, markeres og flyttes der. Hvad andre gør, siges i én sætning en gang imellem. Intet forsvinder, når siden forstørres til 400 procent. Farver har navne og mønstre, og intet siges kun med farve. Bevægelser slås fra, hvis enheden beder om det.",
            ],
        ),
        (
            "Hvad der ikke er helt tilgængeligt",
            &[
                "På en seddelvæg med mere end 120 sedler er kun de nærmeste i læserækkefølgen. Listevisningen har dem alle.",
                "Det lille kort over en stor væg er kun for øjet og hånden. Søgningen og listevisningen fører til de samme sedler.",
                "Hvad deltagere skriver og sætter ind, er deres eget ansvar.",
            ],
        ),
        (
            "Hvordan vi har prøvet",
            &[
                "Hver skærm prøves automatisk med axe-core på svensk, dansk og engelsk, lyst og mørkt, og en hel workshop gennemføres med tastatur alene og med berøring alene. Ingen udefra har gennemgået appen.",
            ],
        ),
        (
            "Hvis noget ikke virker for dig",
            &[
                "Sig det til den, der inviterede dig: den, der driver serveren, har ansvaret for den. Du kan få tavlen som tekst, i listevisningen eller som arkiv.",
                "I Danmark fører Digitaliseringsstyrelsen tilsyn: was.digst.dk.",
            ],
        ),
    ],
    history: "Historik",
    history_hint: "Afspil tavlen fra den første seddel",
    play: "Afspil",
    stop: "Pause",
    to_now: "Tilbage til nu",
    past_at: |when, at, of| {
        if when.is_empty() {
            format!("Trin {at} af {of}")
        } else {
            format!("{when} · trin {at} af {of}")
        }
    },
    bring_back: "Hent sedlen tilbage, som den var her",
    brought_back: "Sedlen er tilbage, som den var",
    went,
    went_nowhere: "Der er intet tilbage at fortryde: andre har ændret det siden.",
    step_back: "Fortryd mit seneste trin",
    step_again: "Gør igen",
    copy_refused: "Browseren tillader ikke kopiering her. Markér linket, og kopiér det selv.",
    qr_label: |it| format!("QR-kode med linket for {it}"),

    // Pausing and finishing.
    paused: "På pause",
    paused_hint: "Den, der leder, har sat tavlen på pause. Du kan læse den, og det, du allerede har skrevet, bliver her.",
    paused_leads: "Deltagerne venter. Du kan skrive videre.",
    finished: "Workshoppen er afsluttet",
    finished_hint: "Sådan blev tavlen. Alle ser det samme, og ingen kan ændre den længere.",
    deleted: "Tavlen er slettet",
    deleted_hint: "Den er slettet for alle. Det, der ligger på denne enhed, bliver her: gem det som fil, hvis du skal bruge det.",
    late_hint: "Denne enhed var uden net, da workshoppen blev afsluttet. Det, du skrev, ligger her endnu, men er ikke med på tavlen. Gem det som fil, og giv filen til den, der leder.",
    late_save: "Gem som fil",
    finishing: "Workshoppen afsluttes",
    finishing_settling: "Samler det sidste ind …",
    finishing_sealing: "Låser tavlen …",
    pause: "Sæt tavlen på pause",
    pause_hint: "Deltagerne venter. Du kan skrive videre.",
    resume: "Fortsæt",
    reopen: "Åbn igen",
    reopen_hint: "Alle kan skrive igen, og det, der kom for sent, kommer med.",
    finish: "Afslut workshoppen",
    finish_hint: "Tavlen låses, som den er.",
    finish_title: "Afslut workshoppen?",
    finish_text: "Det, der er på vej, samles ind, og så låses tavlen, som den er. Alle ser den samme tavle, og ingen kan ændre den.",
    finish_late: "Tablets, der er uden net lige nu, når ikke at komme med. Det, der er skrevet på dem, bliver der og kommer med, hvis du åbner tavlen igen.",
    finish_offline: "Du er uden net. Tavlen afsluttes, når nettet er tilbage.",
    finish_confirm: "Afslut nu",
    late: |n| match n {
        1 => "1 ændring kom for sent".to_owned(),
        n => format!("{n} ændringer kom for sent"),
    },
    finish_unshared: |n| match n {
        1 => "1 ændring på denne enhed er ikke delt endnu. Den deles først.".to_owned(),
        n => format!("{n} ændringer på denne enhed er ikke delt endnu. De deles først."),
    },

    // Trash.
    trash_empty: "Papirkurven er tom",
    trash_hint: "Intet forsvinder. Det, du fjerner, kan lægges tilbage, så længe tavlen findes.",
    restore: "Læg tilbage",
    kind_note: "Seddel",
    kind_rule: "Regel",
    kind_section: "Del",
    removed_note: "Sedlen ligger i papirkurven",
    removed_rule: "Reglen ligger i papirkurven",
    removed_section: "Delen ligger i papirkurven",

    // Messages.
    forgotten: "Tavlen er fjernet fra denne enhed",
    file_unreadable: "Filen kan ikke læses. Vælg et arkiv (.json) eller en tavlefil.",
    not_a_link: "Det er ikke et link til en tavle. Kopiér hele linket, og prøv igen.",
    update_ready: "Der er en ny version af Samsyn",
    update_now: "Skift nu",
    reload: "Genindlæs",
    failure: |failure| {
        match failure {
        Failure::LinkDamaged => {
            "Linket er beskadiget eller klippet af. Kopiér hele linket, eller scan QR-koden igen."
                .to_owned()
        }
        Failure::LinkNewer => {
            "Linket er lavet med en nyere version. Genindlæs siden, og prøv igen.".to_owned()
        }
        Failure::BoardUnknown => {
            "Tavlen findes ikke på denne enhed. Åbn den med linket.".to_owned()
        }
        Failure::SameBoard => "Det er denne tavle. Vælg en anden at sammenligne med.".to_owned(),
        Failure::BoardOutOfReach => "Tavlen er ikke på denne enhed og kunne ikke hentes nu. Prøv igen, når der er net. Intet er ændret.".to_owned(),
        Failure::FileUnknown => {
            "Filen er hverken et arkiv eller en tavlefil. Intet er ændret.".to_owned()
        }
        Failure::FileNewer { version } => format!(
            "Filen er lavet med en nyere version ({version}). Genindlæs siden, og prøv igen."
        ),
        Failure::FileDamaged { detail } => {
            format!("Filen er beskadiget og kunne ikke åbnes. Intet er ændret. ({detail})")
        }
        Failure::CommandRefused { detail } => {
            format!("Det gik ikke. Intet andet er ændret. ({detail})")
        }
        Failure::ChangeHeld { count: 1, detail } => format!(
            "En ændring fra en anden er i stykker og blev holdt ude. Tavlen er hel uden den. ({detail})"
        ),
        Failure::ChangeHeld { count, detail } => format!(
            "{count} ændringer fra andre er i stykker og blev holdt ude. Tavlen er hel uden dem. ({detail})"
        ),
        Failure::RelayRefused(why) => obstacle(*why),
        Failure::RelayMisbehaved { detail } => format!(
            "Serveren svarede forkert, så forbindelsen blev afbrudt. Vi prøver igen; alt er her stadig. ({detail})"
        ),
        Failure::BoardUnreadable(_) => "Tavlen findes på denne enhed, men kunne ikke læses lige nu. Genindlæs siden, og prøv igen.".to_owned(),
        Failure::Storage(_) => {
            "Der kan ikke gemmes på denne enhed. Gem tavlen som fil, før du lukker siden."
                .to_owned()
        }
        Failure::WorkerStopped => {
            "Noget gik i stå. Det, der var gemt, er her stadig. Genindlæs siden.".to_owned()
        }
    }
    },
};

fn obstacle(it: Obstacle) -> String {
    match it {
        Obstacle::ServerFull => "Serveren har så mange tavler og deltagere, som den kan klare. Skriv videre: vi prøver igen af os selv.".to_owned(),
        Obstacle::ServerDisk => "Serveren kan ikke gemme lige nu, måske fordi dens disk er fuld. Skriv videre: vi prøver igen af os selv. Sig det til den, der passer serveren.".to_owned(),
        Obstacle::ServerStops => "Serveren genstarter. Skriv videre: alt deles af sig selv, når den er tilbage.".to_owned(),
        Obstacle::OtherVersion => "Serveren og appen har hver sin version. Genindlæs siden. Hjælper det ikke, skal serveren opdateres.".to_owned(),
        Obstacle::BoardFull => "Serveren tager ikke imod mere til denne tavle. Ændringerne er her stadig. Begynd en ny tavle, og gem denne som fil.".to_owned(),
        Obstacle::ChangeTooLarge => "En ændring er større, end serveren tager imod. Den er her stadig. Gem tavlen som fil, og vis den til den, der leder.".to_owned(),
        Obstacle::MayNotWrite => "Linket på denne enhed giver ikke ret til at skrive på tavlen. Ændringerne er her stadig. Gem tavlen som fil, og bed den, der leder, om et nyt link.".to_owned(),
        Obstacle::Other(code) => format!("Serveren tager ikke imod ændringerne (kode {code}). De er her stadig. Gem tavlen som fil, og vis den til den, der leder."),
    }
}

const fn went(way: Way, about: About) -> &'static str {
    match (way, about) {
        (Way::Back, About::Made) => "Fortrudt: det nye er væk igen",
        (Way::Again, About::Made) => "Gjort igen: det er tilbage",
        (Way::Back, About::Removed) => "Fortrudt: det fjernede er tilbage",
        (Way::Again, About::Removed) => "Gjort igen: det er fjernet igen",
        (Way::Back, About::Restored) => "Fortrudt: det ligger i papirkurven igen",
        (Way::Again, About::Restored) => "Gjort igen: det er tilbage fra papirkurven",
        (Way::Back, About::Moved) => "Fortrudt: det er tilbage på sin plads",
        (Way::Again, About::Moved) => "Gjort igen: det er flyttet igen",
        (Way::Back, About::Coloured) => "Fortrudt: farven er som før",
        (Way::Again, About::Coloured) => "Gjort igen: farven er skiftet igen",
        (Way::Back, About::Wrote) => "Fortrudt: teksten er som før",
        (Way::Again, About::Wrote) => "Gjort igen: teksten er ændret igen",
        (Way::Back, About::Merged) => "Fortrudt: sammenlægningen er væk igen",
        (Way::Again, About::Merged) => "Gjort igen: det er lagt sammen igen",
        (Way::Back, About::Set) => "Fortrudt: det er som før",
        (Way::Again, About::Set) => "Gjort igen: det er ændret igen",
    }
}
