require "capistrano/scm/plugin"

module Bench
  # The release comes from a directory on this machine: a custom SCM, as Capistrano's documentation describes one
  # ("Custom SCM"), with rsync. Files that equal those of the current release are shared, in parallel on all hosts.
  class Rsync < Capistrano::SCM::Plugin
    def register_hooks
      after "deploy:new_release_path", "rsync:create_release"
      before "deploy:set_current_revision", "rsync:set_current_revision"
    end

    def define_tasks
      namespace :rsync do
        task :create_release do
          on release_roles(:all) do |host|
            execute :mkdir, "-p", release_path
            system("rsync", "-rlpc", "--whole-file", "--link-dest=#{current_path}/", "-e", "ssh -F #{ENV.fetch("SSH_CONFIG")}",
                   "#{ENV.fetch("DIST")}/", "#{host.hostname}:#{release_path}/") or raise "rsync failed"
          end
        end

        task :set_current_revision do
          set :current_revision, ENV.fetch("VERSION")
        end
      end
    end
  end
end
