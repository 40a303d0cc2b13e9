//! The words by which departments name their series: tables of tokens, lower case, words parted
//! by one space. They are start values from three vendors' defaults and common local habits
//! (English, German, French, Spanish, Polish, Hebrew); a site adds its own by assigning series.

use super::SeriesRole;

/// What a row of [`TOKENS`] says when one of its words occurs.
#[derive(Debug)]
pub(super) struct TokenRow {
    /// The role.
    pub role: SeriesRole,
    /// Any of these.
    pub words: &'static [&'static str],
}

/// Roles that a word alone settles; the first row that matches counts.
#[rustfmt::skip]
pub(super) const TOKENS: &[TokenRow] = &[
    TokenRow {
        role: SeriesRole::Localizer,
        words: &[
            "scout", "loc", "localizer", "localiser", "localizador", "lokalisator", "survey",
            "3 plane", "3plane", "three plane", "aahead", "aahscout", "aascout", "topogram",
            "calibration", "asset cal", "coil survey", "ref scan", "sense ref",
        ],
    },
    TokenRow {
        role: SeriesRole::Derived,
        words: &[
            "mip", "minip", "mnip", "sub", "subtraction", "subtracted", "subtract", "subs",
            "projection", "color", "colour", "fused", "fusion", "screen save", "screensave",
            "screenshot", "key images", "overlay", "segmentation", "rendering", "vrt",
        ],
    },
    TokenRow {
        role: SeriesRole::Diffusion,
        words: &[
            "dwi", "dti", "diff", "diffusion", "trace", "tracew", "adc", "eadc", "dadc", "b500",
            "b800", "b1000", "b1500", "b2000", "b3000", "resolve", "sdwi", "hardi", "noddi",
            "ivim", "tensor", "colfa", "fa map",
        ],
    },
    TokenRow {
        role: SeriesRole::Perfusion,
        words: &[
            "perf", "perfusion", "dsc", "dce", "pwi", "asl", "pcasl", "pasl", "casl", "cbf", "cbv",
            "rcbv", "rcbf", "relcbv", "relcbf", "mtt", "relmtt", "ttp", "tmax", "ktrans", "dyn",
            "dynamic", "twist", "tricks",
        ],
    },
    TokenRow {
        role: SeriesRole::Other,
        words: &[
            "tof", "mra", "mrv", "angio", "angiography", "venc", "phase contrast", "pca", "bold",
            "fmri", "resting state", "rsfmri", "mrs", "mrsi", "csi", "spectro", "spectroscopy",
            "svs", "ciss", "fiesta", "b0map", "b1map", "field map", "fieldmap", "gre field",
            "mapping", "t1 map", "t2 map", "t1map", "t2map", "t1rho", "inv1", "inv2", "inv 1",
            "inv 2", "stir", "spine", "cspine", "tspine", "lspine", "cervical", "thoracic",
            "lumbar", "orbit", "orbits", "orbita", "iac", "iacs", "sella", "pituitary",
            "hypophyse", "neck", "report", "phoenixzipreport", "moco", "t1 images", "synthetic",
            "magic",
        ],
    },
    TokenRow {
        role: SeriesRole::T2Star,
        words: &[
            "t2*", "t2 *", "t2star", "t2 star", "swi", "swan", "swip", "venobold", "susc",
            "susceptibility", "medic", "merge", "hemo", "haemo", "heme", "qsm", "t2 gre", "t2gre",
            "t2 ffe", "t2w ffe", "st2w ffe", "gre t2", "fl2d t2", "t2 fl2d", "t2 flash",
        ],
    },
];

/// Words of T1 weighting.
#[rustfmt::skip]
pub(super) const T1: &[&str] = &[
    "t1", "t1w", "t1wi", "st1", "st1w", "3dt1", "t1 weighted", "mprage", "mp rage", "t1mprage",
    "mp2rage", "bravo", "spgr", "fspgr", "irspgr", "irfspgr", "tfe", "vibe", "starvibe", "tfl",
    "thrive", "lava", "flash", "t1c", "t1ce", "t1gd", "t1gad", "t1post", "t1pre", "t1n",
];

/// Words of fluid suppression.
#[rustfmt::skip]
pub(super) const FLAIR: &[&str] = &[
    "flair", "t2flair", "t1flair", "tirm", "dark fluid", "darkfluid", "flairs", "brainview flair",
];

/// Words of T2 weighting; "t2 flair" is caught by [`FLAIR`] first.
#[rustfmt::skip]
pub(super) const T2: &[&str] = &[
    "t2", "t2w", "t2wi", "st2", "st2w", "3dt2", "t2 weighted",
];

/// Words of spin-echo trains that are mostly T2, but say so only together with the physics.
#[rustfmt::skip]
pub(super) const SPIN_ECHO_TRAIN: &[&str] =
    &[
        "tse", "fse", "frfse", "propeller", "blade", "haste", "ssfse",
    ];

/// Words of proton-density weighting.
#[rustfmt::skip]
pub(super) const PROTON_DENSITY: &[&str] =
    &[
        "pd", "dp", "pdw", "proton density", "rho", "protonendichte",
    ];

/// Words of gradient echo that mean T2* unless T1 is named.
#[rustfmt::skip]
pub(super) const GRADIENT_ECHO: &[&str] = &[
    "gre", "ffe", "fl2d",
];

/// Siemens' short name for its MPRAGE, which elsewhere means a reformat.
#[rustfmt::skip]
pub(super) const MPR: &[&str] = &["mpr"];

/// Words of a plane cut anew from another series.
#[rustfmt::skip]
pub(super) const REFORMAT: &[&str] =
    &[
        "reformat", "reformats", "reformatted", "rfmt", "mprs", "multiplanar",
    ];

/// Phrases that hold a word of contrast and mean something else.
#[rustfmt::skip]
pub(super) const NOT_ABOUT_CONTRAST: &[&str] = &[
    "ac pc", "acpc", "ac+pc", "post op", "postop", "post operative", "post rt", "post surgery",
    "post surgical", "post treatment", "post chemo", "post radiation", "post proc",
    "post processing", "post processed", "pre op", "preop", "pre operative", "pre surgery",
    "pre surgical", "pre treatment", "pre rt", "phase contrast", "high contrast",
    "contrast enhanced no", "אחרי ניתוח", "לפני ניתוח", "אחרי הקרנות", "לפני הקרנות",
];

/// Phrases that name both states at once, as the name of a whole examination does.
#[rustfmt::skip]
pub(super) const BOTH_STATES: &[&str] = &[
    "w wo", "w w o", "wwo", "wo w", "w o w", "w and wo", "w and w o", "with and without",
    "with without", "without and with", "without with", "pre and post", "pre post", "pre+post",
    "wo and w", "w o and w", "ohne und mit", "nativ und km", "avec et sans", "sans et avec",
    "con y sin", "sin y con", "לפני ואחרי", "עם ובלי",
];

/// Phrases of a series before contrast; looked for before those after it, since they hold them.
#[rustfmt::skip]
pub(super) const BEFORE: &[&str] = &[
    "without contrast", "without gad", "without gd", "without", "w o contrast", "w o gad",
    "w o gd", "w o", "wo contrast", "wo gad", "wo", "no contrast", "no gad", "no gd",
    "non contrast", "noncontrast", "non con", "noncon", "non gad", "non enhanced", "nonenhanced",
    "unenhanced", "before contrast", "before gad", "before gd", "pre contrast", "precontrast",
    "pre gad", "pregad", "pre gd", "pregd", "pre km", "pre inj", "pre", "t1pre", "plain", "native",
    "nativ", "ohne km", "ohne kontrast", "ohne gd", "ohne", "vor km", "vor kontrast", "vor gd",
    "sans gado", "sans contraste", "sans inj", "sans injection", "sans iv", "sin contraste",
    "sin gado", "sin cte", "senza mdc", "bez kontrastu", "bez k", "c-", "t1c-", "לפני הזרקה",
    "לפני", "ללא חומר", "ללא ניגוד", "ללא", "בלי", "ינפל",
];

/// Phrases of a series after contrast.
#[rustfmt::skip]
pub(super) const AFTER: &[&str] = &[
    "+c", "c+", "+gd", "gd+", "+gad", "+gado", "+km", "km+", "+k", "+contrast", "+mdc", "+iv",
    "gd", "gad", "gado", "gadolinium", "gadovist", "dotarem", "prohance", "multihance",
    "magnevist", "clariscan", "omniscan", "gadavist", "post", "postcontrast", "postcon", "postgad",
    "postgd", "postkm", "ce", "contrast", "contraste", "con contraste", "kontrast", "km", "pc",
    "mdc", "enhanced", "inj", "injected", "injection", "t1c", "t1c+", "t1ce", "t1gd", "t1gad",
    "t1post", "אחרי", "עם חומר", "חומר ניגוד", "ניגוד", "לאחר הזרקה", "לאחר", "ירחא",
];

/// Words of fat suppression; such series are taken only when there is no other of their kind.
#[rustfmt::skip]
pub(super) const FAT_SUPPRESSED: &[&str] =
    &[
        "fs", "fatsat", "fat sat", "fatsuppressed", "fat sup", "spair", "spir", "chemsat", "water",
    ];

/// Values of Image Type (0008,0008) that settle a role.
#[rustfmt::skip]
pub(super) const IMAGE_TYPES: &[TokenRow] = &[
    TokenRow { role: SeriesRole::Localizer, words: &["LOCALIZER"] },
    TokenRow {
        role: SeriesRole::Diffusion,
        words: &[
            "ADC", "TRACEW", "FA", "DIFFUSION", "TENSOR", "EADC", "CALC_BVALUE",
        ],
    },
    TokenRow {
        role: SeriesRole::Perfusion,
        words: &[
            "CBV", "CBF", "MTT", "TTP", "TMAX", "RELCBV", "RELCBF", "RELMTT", "PERFUSION", "ASL",
        ],
    },
    TokenRow {
        role: SeriesRole::Derived,
        words: &[
            "PROJECTION IMAGE", "MIP", "MINIP", "MIN IP", "MNIP", "CSA MIP", "MOSAIC", "SUB",
            "SUBTRACTION", "SCREEN SAVE", "SCREENSHOT", "VOLREN", "RGB",
        ],
    },
    TokenRow { role: SeriesRole::T2Star, words: &["SWI"] },
    TokenRow {
        role: SeriesRole::Other,
        words: &[
            "P", "PHASE", "PHASE MAP", "R", "REAL", "I", "IMAGINARY", "T1 MAP", "T2 MAP", "UNI",
        ],
    },
];

/// Values of Image Type that name a plane cut anew from another series.
#[rustfmt::skip]
pub(super) const REFORMATTED: &[&str] =
    &[
        "MPR", "REFORMATTED", "RESAMPLED", "CSA RESAMPLED", "CSA MPR", "CPR", "AVERAGE",
    ];

/// Value of Image Type for images without distortion correction (Siemens).
#[rustfmt::skip]
pub(super) const NOT_CORRECTED: &str = "ND";

/// All words and phrases of the tables for free text.
pub(super) fn phrases() -> impl Iterator<Item = &'static str> {
    let lists = [
        T1,
        FLAIR,
        T2,
        SPIN_ECHO_TRAIN,
        PROTON_DENSITY,
        GRADIENT_ECHO,
        MPR,
        REFORMAT,
        NOT_ABOUT_CONTRAST,
        BOTH_STATES,
        BEFORE,
        AFTER,
        FAT_SUPPRESSED,
    ];
    TOKENS.iter().map(|row| row.words).chain(lists).flatten().copied()
}
