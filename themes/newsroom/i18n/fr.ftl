# Tous les textes du thème en français.
# $count choisit le pluriel ; $number est le même nombre, écrit à la française.

## Genres, listes et titres que demande le générateur
kind-news = Actualité
kind-news-plural = Actualités
kind-press-release = Communiqué de presse
kind-press-release-plural = Communiqués de presse
kind-speech = Discours
kind-speech-plural = Discours
kind-statement = Déclaration
kind-statement-plural = Déclarations
kind-advisory = Avis aux médias
kind-advisory-plural = Avis aux médias
kind-opinion = Tribune
kind-opinion-plural = Tribunes
kind-video = Vidéo
kind-video-plural = Vidéos
kind-photo = Photo
kind-photo-plural = Photos
taxonomy-topics = Thèmes
taxonomy-people = Personnes
taxonomy-places = Lieux
taxonomy-events = Événements
video-list = Vidéos
home-title = { $site }
not-found-title = Page introuvable
gone-title = Cette page a été retirée
resting-title = Les comptes sont en pause

## Autour de chaque page
skip = Aller au contenu
languages = Langues
sections = Rubriques
breadcrumbs = Vous êtes ici
by-kind = Par genre
by-subject = Par sujet
this-site = Ce site
contacts = Contacts presse
contact = Contact
feed-atom = Flux Atom
feed-json = Flux JSON

## Accueil
latest = Dernières publications
earlier = Auparavant
topics = Thèmes
latest-videos = Dernières vidéos
all-videos = Toutes les vidéos
for-media = Pour les médias
for-media-video = Nos vidéos sont gratuites pour un usage éditorial, en qualité de diffusion, avec liste des plans et transcription.
feeds = Flux
nothing-yet = Rien n’a encore été publié ici.

## Listes
story-count =
    { $count ->
        [0] Aucune publication
        [one] { $number } publication
       *[other] { $number } publications
    }
video-count =
    { $count ->
        [0] Aucune vidéo
        [one] { $number } vidéo
       *[other] { $number } vidéos
    }
term-count =
    { $count ->
        [0] Aucune entrée
        [one] { $number } entrée
       *[other] { $number } entrées
    }
archive-title = { $list }, { $period }
page-number = Page { $number }, en comptant à partir des plus anciennes
pages = Pages de cette liste
newer = Plus récentes
older = Plus anciennes
by-date = Par date
follow-all = Suivre toutes nos publications :
follow = Suivre cette liste :

## Articles
updated = Mis à jour le
by = Par { $names }
list-comma = { ", " }
toc = Sommaire
video = Vidéo
corrected =
    { $count ->
        [one] Rectifié
       *[other] Rectifié, { $count } notes
    }
corrections =
    { $count ->
        [one] Rectificatif
       *[other] Rectificatifs
    }
broadcast-video = Vidéos en qualité de diffusion
also-in = Aussi disponible en
subjects = En savoir plus
share = Partager
send-by-mail = Envoyer par courriel
copy = Copier
copy-address = Copier l’adresse
copied = Copié
print = Imprimer
related = À lire aussi
neighbours = Autres publications : { $section }
previous-story = Précédent
next-story = Suivant

## Vidéo
duration = Durée
video-more = Liste des plans, transcription et fichiers à télécharger
play-file = Lire le fichier vidéo
player-failed = La vidéo ne peut pas être lue pour le moment. La liste des plans et la transcription sont ci-dessous ; veuillez réessayer plus tard.
player-keys = Quand le lecteur est actif : K pour lire ou mettre en pause, J et L pour reculer ou avancer de dix secondes, virgule et point pour une image.
no-preview = Il n’y a pas d’aperçu à lire.
on-this-page = Sur cette page
files = Fichiers à télécharger
files-caption = Fichiers de « { $title } »
terms-apply = Ce que vous pouvez faire de ces fichiers :
terms-version = version { $version }
file = Fichier
format = Format
picture = Image
frame-rate = Cadence
audio = Son
size = Taille
access = Accès
bytes-exact =
    { $count ->
        [one] { $number } octet
       *[other] { $number } octets
    }
free-account = Compte gratuit requis
free-account-why = Les fichiers en qualité de diffusion demandent un compte. Il est gratuit et ouvert à toutes et à tous.
download = Télécharger
checksums = Sommes de contrôle (SHA-256)
checksums-hint = Un fichier est arrivé entier si sa somme de contrôle SHA-256 est celle indiquée ci-dessous.
copy-checksum = Copier la somme de contrôle de { $file }
with-curl = Télécharger avec curl
with-curl-hint = Après une interruption, relancez la même commande : elle reprend là où elle s’est arrêtée.
copy-command = Copier la commande pour { $file }
shotlist = Liste des plans
play-from = Lire à partir de { $time }
transcript = Transcription
shown-in = Vue dans

## Pour continuer
not-found-text = Il n’y a pas de page à cette adresse. Elle comporte peut-être une faute de frappe, ou le lien suivi est ancien.
not-found-hint = Vérifiez l’adresse, ou continuez à partir de l’une de ces pages.
gone-text = Ce qui se trouvait à cette adresse a été publié ici, puis retiré. La page n’y reviendra pas.
gone-hint = Pour en connaître les raisons, adressez-vous au service de presse. Tout le reste est à sa place.
resting-text = Le service des comptes ne répond pas pour le moment : la connexion et le téléchargement des fichiers en qualité de diffusion doivent attendre un peu.
resting-hint = Les articles, les photos, les listes de plans et les transcriptions se lisent comme toujours. Veuillez réessayer dans quelques minutes.
ways-on = Où aller maintenant
front-page = Accueil
ask = Nous écrire
moved-title = Cette page a changé d’adresse
moved-link = Aller à la nouvelle adresse

# Asked for by the generator: the way back from a footnote
footnote-back = Retour au texte
